# Sourced by devcluster: processes by pid and start time, so that a pid used again is never hit.
# shellcheck shell=bash disable=SC2154  # folder, helpers and the settings are devcluster's

# read_stat PID: sets `state` and `started` of a process. Fails when there is none.
read_stat() {
  local line
  line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  local fields
  read -r -a fields <<<"${line##*) }"
  state=${fields[0]} started=${fields[19]}
}

# pid_of NAME: prints the pid in run/NAME.pid, or fails when that very process is no more.
pid_of() {
  local pid recorded state started
  [ -f "$folder/run/$1.pid" ] || return 1
  read -r pid recorded <"$folder/run/$1.pid" || return 1
  read_stat "$pid" || return 1
  [ "$state" != Z ] && [ "$started" = "$recorded" ] && printf '%s\n' "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

# wait_until SECONDS COMMAND...: repeats a command until it succeeds; fails when it never does.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

is_gone() { ! is_running "$1"; }

# end_process NAME SIGNAL [SECONDS]: sends the signal and waits; SIGKILL follows where it does not help.
end_process() {
  local pid
  if pid=$(pid_of "$1"); then
    kill "-$2" "$pid" 2>/dev/null || :
    if ! wait_until "${3:-60}" is_gone "$1"; then
      kill -KILL "$pid" 2>/dev/null || :
      wait_until 60 is_gone "$1" || fail 70 "$1 (pid $pid) does not end"
    fi
  fi
  rm -f "$folder/run/$1.pid"
}

# inside MACHINE COMMAND...: runs a command on a virtual machine.
inside() {
  local pid
  pid=$(pid_of "$1") || fail 69 "machine $1 is not running"
  shift
  nsenter --target "$pid" --mount --uts --ipc --net --pid -- "$@"
}

# start_daemon MACHINE NAME COMMAND...: starts a daemon that stays in the foreground; its pid is in
# run/NAME.pid, what it says in log/NAME.out. Its parent is the machine's process 1.
start_daemon() {
  local machine=$1 name=$2
  shift 2
  rm -f "$folder/run/$name.pid"
  inside "$machine" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 SLURM_CONF="$folder/slurm.conf" \
    setsid --fork bash "$helpers/record" "$folder" "$name" "$@" \
    </dev/null >>"$folder/log/$name.out" 2>&1 9>&-
  wait_until 60 test -f "$folder/run/$name.pid" || fail 70 "$name did not start: see $folder/log/$name.out"
}
