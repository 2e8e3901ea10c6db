/** Of the unit, which Debian's `systemctl` and the files in systemd/ know it by. */
export const unitName = 'evswitch.service'

/** Of the user that the service runs as, and of the group whose members may look and switch. */
export const serviceUser = 'evswitch'

export const uinputNode = '/dev/uinput'
