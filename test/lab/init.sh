#!/bin/busybox sh
# Process 1 of the lab's initramfs: loads modules, puts a writable layer over the host's root and hands over
# to the agent. The last thing on the console before a halt says what went wrong.
export PATH=/bin
for applet in cp insmod ip ln mkdir mount poweroff sleep switch_root; do
  busybox ln -s busybox "/bin/$applet"
done

fail() {
  echo "lab init: $*"
  poweroff -f
  # Powering off is not instant, and process 1 must not end.
  while :; do sleep 60; done
}

mkdir -p /proc /sys /dev /host /rw /root
mount -t proc proc /proc || fail 'cannot mount /proc'
mount -t sysfs sysfs /sys || fail 'cannot mount /sys'
mount -t devtmpfs dev /dev || fail 'cannot mount /dev'

while read -r module; do
  insmod "/modules/$module" || fail "cannot load $module"
done < /modules/order

mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=1048576,cache=loose root /host ||
  fail 'cannot mount the root of the host'
mount -t tmpfs -o mode=755 rw /rw || fail 'cannot mount a tmpfs'
mkdir /rw/upper /rw/work
mount -t overlay -o lowerdir=/host,upperdir=/rw/upper,workdir=/rw/work overlay /root ||
  fail 'cannot mount the overlay'

for dir in dev proc sys run tmp; do
  [ -d "/root/$dir" ] || mkdir "/root/$dir" || fail "cannot make /$dir"
done
mount -t tmpfs -o mode=755 run /root/run || fail 'cannot mount /run'
mkdir -p /dev/pts /dev/shm /root/run/lab
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
if [ -n "$lab_modules" ]; then
  # A kernel that is not installed on the host: its modules are somewhere else in the host's tree.
  target=/root/lib/modules/${lab_modules##*/}
  mkdir -p "$target"
  mount -o bind "/root$lab_modules" "$target" || fail 'cannot bind the modules'
fi
# What is written inside, and nothing else: a test can see what was left behind.
mkdir /root/run/lab/written
mount -o bind /rw/upper /root/run/lab/written || fail 'cannot bind the written layer'
cp /bin/agent /root/run/lab/agent || fail 'cannot copy the agent'
ip link set lo up
for dir in dev proc sys; do
  mount -o move "/$dir" "/root/$dir" || fail "cannot move /$dir"
done
if [ -n "$lab_init" ]; then
  # systemd becomes process 1, and the agent a service. Only what is named here starts with it: what the host
  # has enabled, mounts and generates is not for this machine.
  units=/root/run/systemd/system
  # Where the host is a container itself, systemd would believe that this is one, too.
  rm -f /root/.dockerenv
  : > /root/etc/fstab
  rm -rf /root/lib/systemd/system-generators /root/etc/systemd/system/*.wants
  for target in local-fs multi-user sockets sysinit timers; do
    rm -rf "/root/lib/systemd/system/$target.target.wants"
    mkdir -p "$units/$target.target.wants"
  done
  cp /lab-agent.service "$units/"
  ln -s ../lab-agent.service "$units/multi-user.target.wants/"
  for unit in systemd-journald.service systemd-udevd.service; do
    ln -s "/lib/systemd/system/$unit" "$units/sysinit.target.wants/"
  done
  for unit in systemd-journald systemd-journald-dev-log systemd-udevd-control systemd-udevd-kernel dbus; do
    ln -s "/lib/systemd/system/$unit.socket" "$units/sockets.target.wants/"
  done
fi
exec switch_root /root "${lab_init:-/run/lab/agent}"
