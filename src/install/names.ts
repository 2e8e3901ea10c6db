/** Of the unit, which Debian's `systemctl` and the files in systemd/ know it by. */
export const unitName = 'evswitch.service'

/** Of the user that the service runs as, and of the group whose members may look and switch. */
export const serviceUser = 'evswitch'

export const uinputNode = '/dev/uinput'

/** Of the process that talks to the network, where the configuration has a share: its unit and its user. */
export const shareUnitName = 'evswitch-share.service'
export const shareUser = 'evswitch-share'
