#!/bin/sh
# record-cifs.sh --- record what Linux' SMB client logs, and a capture of it
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   record-cifs.sh KERNEL DIRECTORY
#
# boots the kernel that is unpacked in KERNEL (dpkg -x of one of Debian's
# linux-image-VERSION-cloud-amd64) in an emulator, mounts a share of the smbd
# there, and writes for each of the scenarios smb311, again (the same), two (two
# users, a connection each, at once), smb1 and badpw (a wrong password)
#
#   DIRECTORY/SCENARIO/capture.pcapng.gz    of port 445
#   DIRECTORY/SCENARIO/trace.gz             ftrace's events of cifs
#   DIRECTORY/SCENARIO/dmesg.gz             with cifsFYI and dynamic debug on
#   DIRECTORY/SCENARIO/dmesg-T.gz -x -r -iso    the same as dmesg shows it otherwise
#
# The root file system is made of this machine's programs, in memory; there is no
# network but the guest's loopback, and all stops by itself (600 s).  Needs
# qemu-system-x86, busybox-static, cifs-utils, kmod, cpio, samba and dumpcap.

set -eu

die () { echo "record-cifs.sh: $*" >&2; exit 1; }

[ $# = 2 ] || die "usage: record-cifs.sh KERNEL DIRECTORY"
image=$(echo "$1"/boot/vmlinuz-*)
[ -f "$image" ] || die "there is no kernel in $1/boot"
version=${image##*/vmlinuz-}
for modules in "$1/lib/modules/$version" "$1/usr/lib/modules/$version"; do
  [ ! -d "$modules" ] || break
done
mkdir -p "$2"
out=$(cd "$2" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/smbcmp-cifs.XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
root=$scratch/root

# ------------------------------------------------------------ the file system

# FILE... with the libraries they need.
take () {
  for file; do
    install -D "$file" "$root$file"
    { ldd "$file" 2>/dev/null || :; } | grep -o '/[^ )]*' | while read -r library; do
      [ -e "$root$library" ] || install -D "$library" "$root$library"
    done
  done
}

for d in bin dev etc lib mnt mnt2 out proc run s/private s/lock s/state s/cache \
         s/rpc s/pid sbin srv/share/docs sys tmp var; do
  mkdir -p "$root/$d"
done
chmod 777 "$root/srv/share" "$root/srv/share/docs"
take "$(readlink -f "$(command -v bash)")" "$(readlink -f "$(command -v dmesg)")" \
  "$(readlink -f "$(command -v kmod)")" "$(command -v dumpcap)" /usr/sbin/smbd \
  /usr/bin/smbpasswd /usr/sbin/mount.cifs /lib/x86_64-linux-gnu/libnss_files.so.2
find /usr/lib/x86_64-linux-gnu/samba -name '*.so*' >"$scratch/libraries"
while read -r library; do take "$library"; done <"$scratch/libraries"
install "$(command -v busybox)" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
mkdir -p "$root/lib/modules"
cp -a "$modules" "$root/lib/modules/"
rm -rf "$root/lib/modules/$version/kernel/sound" "$root/lib/modules/$version/kernel/drivers/gpu"
depmod -b "$root" "$version"
printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:\nalice:x:1000:1000::/:\nbob:x:1001:1001::/:\n' \
  >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\nalice:x:1000:\nbob:x:1001:\n' >"$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files\n' >"$root/etc/nsswitch.conf"
printf '127.0.0.1 localhost client\n' >"$root/etc/hosts"
cat >"$root/s/smb.conf" <<'END'
[global]
  private dir = /s/private
  lock directory = /s/lock
  state directory = /s/state
  cache directory = /s/cache
  ncalrpc dir = /s/rpc
  pid directory = /s/pid
  log file = /s/log.smbd
  server min protocol = NT1
  disable spoolss = yes
  load printers = no
  smb ports = 445
  interfaces = lo
  bind interfaces only = yes
[share]
  path = /srv/share
  read only = no
END

# ------------------------------------------------------------------ the guest

cat >"$root/init" <<'END'
#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
# Those of util-linux and kmod.
rm -f /bin/dmesg /bin/modprobe
ln -s /usr/bin/kmod /sbin/modprobe
for m in virtio_pci virtio_blk cifs arc4 md4 md5 hmac sha512 ecb cmac ccm gcm; do
  /sbin/modprobe $m 2>/dev/null
done
ip link set lo up
hostname client
bash /record >/out/record.log 2>&1
tar c -C /out . >/dev/vda
sync
poweroff -f
END
cat >"$root/record" <<'END'
trace=/sys/kernel/tracing
for user in alice bob; do
  printf 'pw\npw\n' | smbpasswd -c /s/smb.conf -L -s -a $user
done
smbd -D -s /s/smb.conf
sleep 3
echo 7 >/proc/fs/cifs/cifsFYI
echo 'module cifs +p' >/sys/kernel/debug/dynamic_debug/control
echo 32768 >$trace/buffer_size_kb
echo 1 >$trace/events/cifs/enable

begin () {
  scenario=$1
  mkdir /out/$scenario
  dumpcap -q -i lo -f 'port 445' -w /tmp/capture.pcapng &
  dumpcap=$!
  sleep 3
  dmesg -C
  echo >$trace/trace
}

end () {
  sleep 2
  cat $trace/trace >/out/$scenario/trace
  dmesg >/out/$scenario/dmesg
  dmesg -T >/out/$scenario/dmesg-T
  dmesg -x >/out/$scenario/dmesg-x
  dmesg -r >/out/$scenario/dmesg-r
  dmesg --time-format iso >/out/$scenario/dmesg-iso
  kill -INT $dumpcap
  wait $dumpcap
  mv /tmp/capture.pcapng /out/$scenario
  gzip -9 /out/$scenario/*
}

attach () { # WHERE USER PASSWORD OPTIONS
  mount.cifs //127.0.0.1/share $1 -o username=$2,password=$3,$4
}

work () {
  ls -l $1; mkdir $1/new; echo hello >$1/new/a.txt; cat $1/new/a.txt
  cp $1/new/a.txt $1/new/b.txt; mv $1/new/b.txt $1/new/c.txt; cat $1/missing
  ls $1/new; rm $1/new/c.txt $1/new/a.txt; rmdir $1/new
}

for scenario in smb311 again; do
  begin $scenario; attach /mnt alice pw vers=3.1.1; work /mnt; umount /mnt; end
done
begin two
attach /mnt alice pw vers=3.0,nosharesock
attach /mnt2 bob pw vers=3.0,nosharesock
work /mnt & work=$!
ls -l /mnt2; cat /mnt2/missing; touch /mnt2/bob; rm /mnt2/bob
wait $work
umount /mnt2; umount /mnt
end
begin smb1; attach /mnt alice pw vers=1.0; work /mnt; umount /mnt; end
begin badpw; attach /mnt alice wrong vers=3.1.1; end
END
chmod 755 "$root/init"

# -------------------------------------------------------------------- the run

(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$scratch/initrd"
truncate -s 64M "$scratch/disk"
timeout 600 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 3000 -smp 2 \
  -nographic -no-reboot -nic none -kernel "$image" -initrd "$scratch/initrd" \
  -append 'console=ttyS0 quiet panic=-1 log_buf_len=16M' \
  -drive file="$scratch/disk",format=raw,if=virtio </dev/null >"$scratch/console" 2>&1 ||
  die "the guest failed: $(tail -5 "$scratch/console")"
tar x -C "$out" -f "$scratch/disk"
[ -f "$out/badpw/capture.pcapng.gz" ] || die "the guest failed: $(tail -20 "$scratch/console")"
