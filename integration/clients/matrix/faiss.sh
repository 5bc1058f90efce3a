# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# faiss, an IVF index with IO_FLAG_MMAP. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='faiss, an IVF index with IO_FLAG_MMAP'
GROUP=models
MAPS='the index, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='could not mmap: No such device'
TOUCHED=yes

FORMAT=faiss PACKAGE=faiss-cpu EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
