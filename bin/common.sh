# What the scripts in bin/ share. Sourced, never run: bin/cardume is started often, so nothing here forks needlessly.

home=$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename -- "$0"): $*"; exit 1; }

# is_jdk25 DIR: whether DIR holds a Java 25, by its `release` file.
is_jdk25() {
  [[ -n $1 && -x $1/bin/java && -r $1/release ]] || return 1
  local line
  while IFS= read -r line; do
    case $line in 'JAVA_VERSION="25"' | 'JAVA_VERSION="25.'*) return 0 ;; esac
  done <"$1/release"
  return 1
}

# find_java: sets `java_home` to a Java 25: CARDUME_JAVA_HOME, else JAVA_HOME if it is one, else the first of the usual places.
find_java() {
  local dir
  if [[ -n ${CARDUME_JAVA_HOME:-} ]]; then
    is_jdk25 "$CARDUME_JAVA_HOME" || die "CARDUME_JAVA_HOME=$CARDUME_JAVA_HOME is not a Java 25; point it at one, or unset it"
    java_home=$CARDUME_JAVA_HOME
    return 0
  fi
  for dir in "${JAVA_HOME:-}" "${JAVA25_HOME:-}" /usr/lib/jvm/*25* /opt/java/openjdk /opt/*25* "$HOME"/.sdkman/candidates/java/25*; do
    if is_jdk25 "$dir"; then
      java_home=$dir
      return 0
    fi
  done
  return 1
}

no_java="no Java 25 found under /usr/lib/jvm, JAVA_HOME or CARDUME_JAVA_HOME.
  Remedy: install one, for example Temurin 25 from https://adoptium.net/temurin/releases/?version=25 (unpack it below
  /usr/lib/jvm), then run this again; or set CARDUME_JAVA_HOME to where it is."

# The docker CLI, undisturbed by the caller's own DOCKER_* settings.
docker_at() {
  local host=$1
  shift
  env -u DOCKER_HOST -u DOCKER_CONTEXT -u DOCKER_TLS -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH -u DOCKER_API_VERSION \
    docker -H "$host" "$@"
}

# answers HOST: whether an engine, or a manager, answers there.
answers() { timeout 10 bash -c "$(declare -f docker_at); docker_at \"\$1\" version" answers "$1" >/dev/null 2>&1; }

# install_missing COMMAND=PACKAGE ...: apt-get installs the packages of the commands that are not there.
install_missing() {
  local pair missing=()
  for pair in "$@"; do
    if ! command -v "${pair%%=*}" >/dev/null && [[ " ${missing[*]} " != *" ${pair#*=} "* ]]; then missing+=("${pair#*=}"); fi
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  [[ $EUID -eq 0 ]] || die "missing: ${missing[*]}. Remedy: run this as root, or first: sudo apt-get install -y ${missing[*]}"
  command -v apt-get >/dev/null || die "missing: ${missing[*]}, and there is no apt-get here. Remedy: install them with this system's package manager"
  say "Installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null || say "apt-get update failed; trying with the package lists that are here"
  apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null || die "apt-get could not install ${missing[*]} (its words are above)"
  hash -r
}

# ensure_java: find_java, trying the distribution's package first if there is none.
ensure_java() {
  find_java && return 0
  if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    say "No Java 25 found; trying the package openjdk-25-jdk-headless"
    apt-get update -q >/dev/null || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends openjdk-25-jdk-headless >/dev/null 2>&1 || true
    find_java && return 0
  fi
  die "$no_java"
}

# maven ARGS: Maven under whatever Java it likes; the build itself takes the Java 25 found here.
maven() { JAVA25_HOME=$java_home mvn -Dstyle.color=never -f "$home/pom.xml" "$@"; }
