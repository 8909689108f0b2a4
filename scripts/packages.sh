# Sourced by ./quickstart, ./check and bench/run: which Debian packages each needs, and installing them.
# shellcheck shell=bash disable=SC2034

packages_build=(g++ cmake ninja-build ccache pkg-config
  libtorch-dev libopenblas0-pthread libopenmpi-dev openmpi-bin libhdf5-dev libyaml-cpp-dev libcli11-dev
  libspdlog-dev libfmt-dev nlohmann-json3-dev libsimdjson-dev libssl-dev libisal-dev libdeflate-dev
  libpcre2-dev zlib1g-dev libseccomp-dev bubblewrap)
packages_check=(catch2 clang-format shellcheck strace python3 python3-h5py
  python3-langdetect python3-nltk hdf5-tools util-linux)
packages_bench=(python3 python3-h5py python3-mpi4py python3-numpy python3-pandas python3-scipy python3-yaml
  python3-langdetect python3-nltk hyperfine)
packages_slurm=(slurm-wlm slurm-wlm-mysql-plugin slurmdbd mariadb-server munge iproute2 util-linux)

say() { printf '== %s\n' "$*" >&2; }

# install_packages NAME...: installs what is missing. Without root it names the apt line and goes on:
# the libraries may have come another way (modules, Spack), and CMake says what it cannot find.
install_packages() {
  local missing=() name
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: taking the libraries as they are (needed: $*)"
    return 0
  fi
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local apt="apt-get install -y --no-install-recommends ${missing[*]}"
  if [ "$(id -u)" -eq 0 ]; then
    say "installing ${#missing[@]} packages: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    say "installing with sudo: ${missing[*]}"
    sudo apt-get update -qq
    sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    say "these packages are missing and this account may not install them; ask for"
    say "    sudo $apt"
    say "going on, in case the libraries came another way"
  fi
}

# build PRESET TARGET...: configures once, then builds; silent when nothing is to do.
build() {
  local preset=$1
  shift
  command -v cmake >/dev/null || { say "cmake is missing"; return 69; }
  [ -f "build/$preset/build.ninja" ] || { say "configuring build/$preset"; cmake --preset "$preset" >/dev/null; }
  say "building $*"
  cmake --build "build/$preset" --target "$@" 1>&2
}
