# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models faiss faiss-cpu
TITLE='faiss, an IVF index with IO_FLAG_MMAP'
MAPS='the index, whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='could not mmap: No such device'
