import { existsSync, readdirSync } from 'node:fs'

// Debian packages that tests use, by what for. A test asks for its own; a run of all of them installs them first, since
// what is installed while others run changes the host's files under their machines.

/** @typedef {import('../scripts/lib/packages.mjs').NeededPackage} NeededPackage */

/** @type {NeededPackage[]} */
const qemu = [{ command: 'qemu-system-x86_64', package: 'qemu-system-x86' }]

/** A guest on the host, of which QEMU and a boot sector is all. */
export const qemuPackages = [...qemu, { command: 'gcc', package: 'gcc' }]

/** The lab's machine; the same files are seen inside. */
export const machinePackages = [
  ...qemu,
  // Asked by name: the package busybox has the same command, which needs libraries.
  { package: 'busybox-static' },
  { command: 'cpio', package: 'cpio' },
  { command: 'depmod', package: 'kmod' },
  { command: 'xz', package: 'xz-utils' },
  { command: 'gcc', package: 'gcc' },
  { file: '/usr/include/linux/uinput.h', package: 'linux-libc-dev' },
  { file: '/usr/lib/x86_64-linux-gnu/libc.a', package: 'libc6-dev' },
  { file: '/lib/systemd/systemd-udevd', package: 'udev' },
]

/** Where the host has no kernel that the lab can boot. */
export const kernelPackages = [{ package: 'linux-image-amd64' }]

export const systemdPackages = [
  { file: '/lib/systemd/systemd', package: 'systemd' },
  { file: '/lib/systemd/system/dbus.socket', package: 'dbus' },
]

/** libvirt as the service of the lab's machine. */
export const libvirtPackages = [
  { file: '/etc/libvirt/qemu.conf', package: 'libvirt-daemon-system' },
  { command: 'virsh', package: 'libvirt-clients' },
]

/** A libvirtd of a test's own. */
export const libvirtdPackages = [
  { command: 'libvirtd', package: 'libvirt-daemon' },
  { command: 'virsh', package: 'libvirt-clients' },
  { command: 'xmllint', package: 'libxml2-utils' },
  ...qemu,
  { command: 'setpriv', package: 'util-linux' },
]

/** An X server without a screen, and who types on it. */
export const screenPackages = [
  { command: 'Xvfb', package: 'xvfb' },
  { command: 'setxkbmap', package: 'x11-xkb-utils' },
  { command: 'xdotool', package: 'xdotool' },
  { command: 'xev', package: 'x11-utils' },
  { command: 'setpriv', package: 'util-linux' },
]

export const barrierPackages = [{ command: 'barriers', package: 'barrier' }]

export const chromiumPackages = [{ package: 'chromium', file: '/usr/bin/chromium' }]

export const firmwarePackages = [{ file: '/usr/share/ovmf/OVMF.fd', package: 'ovmf' }]

/**
 * All of them.
 * @returns {NeededPackage[]}
 */
export function testPackages() {
  const hasKernel =
    existsSync('/boot') && readdirSync('/boot').some((name) => name.startsWith('vmlinuz-'))
  return [
    ...machinePackages,
    ...(hasKernel ? [] : kernelPackages),
    ...systemdPackages,
    ...libvirtPackages,
    ...libvirtdPackages,
    ...screenPackages,
    ...barrierPackages,
    ...chromiumPackages,
    ...firmwarePackages,
  ]
}
