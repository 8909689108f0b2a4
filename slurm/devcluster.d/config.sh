# Sourced by devcluster: the files of a cluster's folder.
# shellcheck shell=bash disable=SC2154  # folder, helpers and the settings are devcluster's

# can_limit: whether Slurm can limit memory here: that takes version 1 of the memory and freezer cgroups.
can_limit() {
  local controller
  for controller in memory freezer; do
    [ -f "/sys/fs/cgroup/$controller/release_agent" ] && [ -w "/sys/fs/cgroup/$controller" ] || return 1
  done
}

# make_folder: claims a network and writes everything a cluster is described by; devcluster.env comes
# first, because `down` needs nothing else.
make_folder() {
  [ -z "$(ls -A "$folder")" ] || fail 64 "$folder is not a cluster and not empty"
  chmod 755 "$folder"
  if can_limit; then limits=yes; else limits=no; fi
  trap '' HUP INT TERM  # a bridge that no devcluster.env names would stay for ever
  claim_subnet
  printf '%s=%q\n' subnet "$subnet" nodes "$nodes" cpus "$cpus" memory "$memory" limits "$limits" \
    max_array "$max_array" >"$folder/devcluster.env"
  trap - HUP INT TERM
  mkdir -m 755 "$folder"/{run,log,host-proc,cgroup,cgroups,spool,state,munge}
  mkdir -m 1777 "$folder/tmp"
  chmod 1777 "$folder/tmp"
  write_hosts
  write_database
  write_cgroup_conf
  write_slurm_conf | overruled_by "${extra:-/dev/null}" >"$folder/slurm.conf.new"
  if [ -n "$extra" ]; then cat -- "$extra" >>"$folder/slurm.conf.new"; fi
  mv "$folder/slurm.conf.new" "$folder/slurm.conf"
}

write_hosts() {
  {
    printf '127.0.0.1 localhost\n'
    local name
    for name in head $(node_names); do
      printf '%s %s\n' "$(address_of "$name")" "$name"
    done
  } >"$folder/hosts"
}

# write_database: MariaDB's settings, and slurmdbd's, who alone knows the password. Nothing is synced: this accounting
# need not outlive a loss of power, and a slow disk takes minutes for it.
write_database() {
  local password
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  cat >"$folder/my.cnf" <<TEXT
[mysqld]
user=mysql
datadir=$folder/db
socket=$folder/db/mysqld.sock
pid-file=$folder/db/mysqld.pid
log-error=$folder/db/mysqld.err
init-file=$folder/init.sql
bind-address=127.0.0.1
port=3306
skip-name-resolve
skip-log-bin
innodb_buffer_pool_size=256M
innodb_log_file_size=32M
innodb_lock_wait_timeout=900
innodb_flush_log_at_trx_commit=2
loose-debug-no-sync
TEXT
  install -o mysql -m 600 /dev/stdin "$folder/init.sql" <<TEXT
create database if not exists slurm_acct_db;
create user if not exists slurm@'127.0.0.1' identified by '$password';
grant all on slurm_acct_db.* to slurm@'127.0.0.1';
TEXT
  install -m 600 /dev/stdin "$folder/slurmdbd.conf" <<TEXT
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
DbdHost=head
DbdAddr=$(address_of head)
DbdPort=6819
SlurmUser=root
DebugLevel=info
LogFile=$folder/log/slurmdbd.log
PidFile=$folder/own/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=3306
StorageUser=slurm
StoragePass=$password
StorageLoc=slurm_acct_db
TEXT
}

# overruled_by FILE: settings, without those that FILE has: with two of a name, each program of Slurm complains.
overruled_by() {
  awk -F= '{key = tolower($1)} !ours {theirs[key]} ours && (key ~ /^(node|partition)name$/ || !(key in theirs))' \
    "$1" ours=1 -
}

# write_slurm_conf: small intervals throughout, because tests and readers of a tutorial wait for them.
# cred_expire is how long a requeued job has to wait; SlurmdTimeout, how soon a lost node is noticed.
write_slurm_conf() {
  cat <<TEXT
ClusterName=tally
SlurmctldHost=head($(address_of head))
SlurmctldPort=6817
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=10
SlurmUser=root
SlurmctldParameters=preempt_send_user_signal
SlurmdParameters=config_overrides
SlurmctldPidFile=$folder/own/slurmctld.pid
SlurmdPidFile=$folder/own/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
SlurmdSpoolDir=$folder/spool/%n
StateSaveLocation=$folder/state
TmpFS=$folder/tmp/%n
MpiDefault=none
MailProg=/bin/true
SwitchType=switch/none
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=10
MessageTimeout=5
TCPTimeout=2
KillWait=5
MinJobAge=300
MaxArraySize=$max_array
JobRequeue=1
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=$((memory / cpus))
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=$(address_of head)
AccountingStoragePort=6819
AccountingStoragePass=$folder/munge/socket
AccountingStorageEnforce=associations,limits,qos
AccountingStoreFlags=job_comment
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobCompType=jobcomp/none
SlurmctldDebug=info
SlurmdDebug=info
TEXT
  write_limits
  write_nodes
}

write_limits() {
  if [ "$limits" = yes ]; then
    printf 'ProctrackType=proctrack/cgroup\nTaskPlugin=task/cgroup\n'
  else
    printf 'ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n'
  fi
}

write_nodes() {
  local name
  for name in $(node_names); do
    printf 'NodeName=%s NodeHostname=%s NodeAddr=%s Port=6818 CPUs=%s RealMemory=%s\n' \
      "$name" "$name" "$(address_of "$name")" "$cpus" "$memory"
  done
  cat <<'TEXT'
PartitionName=debug Nodes=ALL Default=YES DefaultTime=60 MaxTime=7-0 PriorityTier=1 GraceTime=5
PartitionName=short Nodes=ALL MaxTime=1 PriorityTier=1 GraceTime=5
PartitionName=urgent Nodes=ALL MaxTime=60 PriorityTier=10
TEXT
}

write_cgroup_conf() {
  cat >"$folder/cgroup.conf" <<TEXT
CgroupPlugin=cgroup/v1
CgroupMountpoint=$folder/cgroup
ConstrainCores=no
ConstrainRAMSpace=yes
ConstrainSwapSpace=no
TEXT
}
