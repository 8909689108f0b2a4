# Sourced by devcluster: virtual machines. Each is a set of namespaces with its own address on a bridge.
# Machines are `head` (the daemons that every cluster has once) and the nodes n1, n2, ...
# shellcheck shell=bash disable=SC2154  # folder, helpers and the settings are devcluster's

bridge() { printf 'tally%s\n' "$subnet"; }
# number_of MACHINE: the last byte of its address; nodes count from 1, head is 253, the host itself 254.
number_of() { if [ "$1" = head ]; then echo 253; else echo "${1#n}"; fi; }
address_of() { printf '10.77.%s.%s\n' "$subnet" "$(number_of "$1")"; }
# port_of MACHINE: the host's end of its network cable.
port_of() { printf '%sp%s\n' "$(bridge)" "$(number_of "$1")"; }
# hardware_address NUMBER: fixed, so that a machine that comes back is not unknown to its neighbours.
hardware_address() { printf '02:54:4c:59:%02x:%02x\n' "$subnet" "$1"; }

# is_routed NETWORK: whether addresses in it mean something here already; a default route does not count.
is_routed() {
  ip -4 route show root "$1" | grep -q . || ip -4 route show match "$1" | grep -qv '^default'
}

# claim_subnet: sets `subnet` to the first x where 10.77.x.0/24 is free. Making the bridge is the claim:
# only one of two who try at the same time succeeds.
claim_subnet() {
  for subnet in {1..250}; do
    local network=10.77.$subnet.0/24
    if is_routed "$network"; then continue; fi
    if ip link add "$(bridge)" type bridge 2>/dev/null; then return 0; fi
  done
  fail 69 "no free network in 10.77.0.0/16, or no bridge: $(ip link add "$(bridge)" type bridge 2>&1)"
}

start_network() {
  ip link show "$(bridge)" >/dev/null 2>&1 || ip link add "$(bridge)" type bridge
  ip link set "$(bridge)" address "$(hardware_address 254)" up
  ip address replace "10.77.$subnet.254/24" dev "$(bridge)"
}

# make_cgroups MACHINE: a corner for the machine in each hierarchy Slurm uses, listed in cgroups/MACHINE.
make_cgroups() {
  [ "$limits" = yes ] || return 0
  local controller group
  for controller in freezer memory; do
    group=/sys/fs/cgroup/$controller/$(bridge)-$1
    mkdir -p "$group"
    printf '%s %s\n' "$controller" "$group"
  done >"$folder/cgroups/$1"
}

# remove_cgroups MACHINE: those that jobs left in it, too. Its processes are dead.
remove_cgroups() {
  local group
  [ -f "$folder/cgroups/$1" ] || return 0
  while read -r _ group; do
    [ ! -d "$group" ] || wait_until 60 find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :
  done <"$folder/cgroups/$1"
  rm -f "$folder/cgroups/$1"
}

# clear_files MACHINE: its own files are gone when power is back, as on nodes without disks. A requeued
# job keeps its id, and what it left there (batch folder, PMIx sockets) would keep it from starting.
clear_files() {
  rm -rf "$folder/tmp/$1" "$folder/spool/$1"
  mkdir "$folder/spool/$1"
  install -d -m 1777 "$folder/tmp/$1"
}

start_machine() {
  local name=$1 pid
  if is_running "$name"; then return 0; fi
  end_machine "$name"
  clear_files "$name"
  make_cgroups "$name"
  record_launch "$name" unshare --fork --pid --mount --uts --ipc --net --kill-child \
    bash "$helpers/machine-init" "$folder" "$name"
  wait_until 60 is_running "$name" || fail 70 "machine $name did not start: see $folder/log/$name.out"
  pid=$(pid_of "$name")
  ip link add "$(port_of "$name")" type veth \
    peer name eth0 address "$(hardware_address "$(number_of "$name")")" netns "$pid"
  ip link set "$(port_of "$name")" master "$(bridge)" up
  nsenter --target "$pid" --net ip address add "$(address_of "$name")/24" dev eth0
  nsenter --target "$pid" --net ip link set eth0 up
}

# record_launch MACHINE COMMAND...: as start_daemon, on the host. The pid is known before the command
# starts, so even a machine that never came up can be ended.
record_launch() {
  local name=$1
  shift
  setsid --fork bash "$helpers/record" "$folder" "$name.launch" "$@" \
    </dev/null >>"$folder/log/$name.out" 2>&1 9>&-
}

# end_machine NAME: everything on it dies at once. Process 1 ends only after all others, so nothing is left.
end_machine() {
  end_process "$1" KILL
  end_process "$1.launch" KILL
  ip link delete "$(port_of "$1")" 2>/dev/null || :
  remove_cgroups "$1"
}

set_link() { ip link set "$(port_of "$1")" "$2"; }
is_linked() { ip -o link show "$(port_of "$1")" up 2>/dev/null | grep -q .; }
