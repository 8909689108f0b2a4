# Sourced by devcluster: the daemons of a cluster, each started only when it is not running.
# shellcheck shell=bash disable=SC2154  # folder, helpers and the settings are devcluster's

# serves DAEMON COMMAND...: waits until the command succeeds; fails when the daemon has ended, or never does it.
serves() {
  wait_until 300 succeeds_or_ended "$@" && is_running "$1"
}

succeeds_or_ended() { "${@:2}" || is_gone "$1"; }

start_munged() {
  if is_running munged; then return 0; fi
  if [ ! -f "$folder/munge/key" ]; then
    (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
  fi
  # --force: it mistrusts folders that groups may write to, which the parent of ours may be.
  start_daemon head munged munged --foreground --force --socket="$folder/munge/socket" \
    --key-file="$folder/munge/key" --seed-file="$folder/munge/seed" --pid-file="$folder/own/munged.pid"
  serves munged test -S "$folder/munge/socket" ||
    fail 70 "munged does not serve: see $folder/log/munged.out"
}

make_database() {
  if [ -d "$folder/db" ]; then return 0; fi
  rm -rf "$folder/db.new"
  install -d -o mysql -m 755 "$folder/db.new"
  inside head mariadb-install-db --user=mysql --datadir="$folder/db.new" --auth-root-authentication-method=socket \
    --skip-test-db --loose-debug-no-sync </dev/null >"$folder/log/mariadb-install-db.out" 2>&1 9>&- ||
    fail 70 "no database: see $folder/log/mariadb-install-db.out"
  mv "$folder/db.new" "$folder/db"
}

start_mariadbd() {
  if is_running mariadbd; then return 0; fi
  start_daemon head mariadbd mariadbd --defaults-file="$folder/my.cnf"
  serves mariadbd mariadb --no-defaults --socket="$folder/db/mysqld.sock" -e 'use slurm_acct_db' 2>/dev/null ||
    fail 70 "mariadbd does not serve: see $folder/db/mysqld.err"
}

# the_users: root and the accounts of people here, as a list with commas: who may submit.
the_users() { getent passwd | awk -F: '$3 == 0 || $3 >= 1000 {print $1}' | head -200 | paste -sd,; }

start_slurmdbd() {
  if is_running slurmdbd; then return 0; fi
  start_daemon head slurmdbd slurmdbd -D
  serves slurmdbd sacctmgr -n -P list cluster >/dev/null 2>&1 ||
    fail 70 "slurmdbd does not serve: see $folder/log/slurmdbd.log"
}

# register: makes the cluster and its users known to accounting; says nothing when they are. An interrupted `up`
# may have done a part of it, and sacctmgr fails where nothing is to be added: what counts is what is there.
register() {
  [ ! -f "$folder/registered" ] || return 0
  local what
  for what in "cluster tally" "account tally" "user $(the_users) account=tally"; do
    # shellcheck disable=SC2086  # words
    sacctmgr -i -Q add $what >>"$folder/log/sacctmgr.out" 2>&1 || :
  done
  sacctmgr -n -P list associations cluster=tally account=tally user=root format=user 2>/dev/null | grep -q root ||
    fail 70 "accounting does not know root: see $folder/log/sacctmgr.out"
  touch "$folder/registered"
}

start_slurmctld() {
  if is_running slurmctld; then return 0; fi
  start_daemon head slurmctld slurmctld -D
  serves slurmctld controller_answers || fail 70 "slurmctld does not answer: see $folder/log/slurmctld.log"
}

controller_answers() { timeout 5 scontrol ping 2>/dev/null | grep -q 'is UP'; }

start_slurmd() {
  if is_running "slurmd.$1"; then return 0; fi
  start_daemon "$1" "slurmd.$1" slurmd -D -N "$1"
}

start_node() {
  start_machine "$1"
  start_slurmd "$1"
}

# slurm_state NODE: Slurm's word for it, `unknown` while the controller is away.
slurm_state() {
  local word
  word=$(timeout 5 sinfo -h -N -n "$1" -p debug -o %T 2>/dev/null) || word=
  printf '%s\n' "${word:-unknown}"
}

# is_usable NODE: whether jobs can run there; `*` is for a node that does not respond.
is_usable() { [[ $(slurm_state "$1") =~ ^(idle|mixed|allocated|completing)$ ]]; }

are_usable() {
  local name
  for name in $(node_names); do
    is_usable "$name" || return 1
  done
}
