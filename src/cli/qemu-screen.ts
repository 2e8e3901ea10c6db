import { EvswitchError } from '../errors.ts'
import type { BarrierInput } from '../guests/qemu.ts'
import type { ScreenWish, ServeSettings } from '../share/process/open-serve.ts'

/** A target that QEMU's own client of the share can be. */
export interface QemuScreen extends Omit<BarrierInput, 'size'> {
  /** Whether it is told where the pointer is. */
  readonly isAbsolute: boolean
}

const loopback = '127.0.0.1'
/** Every address of this machine. */
const anywhere: readonly (string | undefined)[] = [undefined, '0.0.0.0', '::']

const example = `as in
  [share.serve]
  plain-addresses = ["${loopback}"]
  [[target]]
  name = "vm"
  kind = "barrier"
  client = "qemu"
  plain = true`

/**
 * The target that is named, else the only one with QEMU's client, and where its QEMU finds the share on this machine. Throws
 * 'not-configured' where the share would not let it in, and 'usage'.
 */
export function chooseQemuScreen(
  settings: ServeSettings | undefined,
  named: string | undefined,
): QemuScreen {
  const screens = (settings?.screens ?? []).filter(({ client }) => client === 'qemu')
  const [first, ...more] = screens
  if (settings === undefined || first === undefined) {
    throw notConfigured("there is no target with QEMU's client", example)
  }
  if (named === undefined && more.length > 0) {
    throw new EvswitchError('usage', "there are several targets with QEMU's client: name one", {
      remedy: `there are: ${namesOf(screens)}`,
    })
  }
  const screen = named === undefined ? first : screens.find(({ target }) => target === named)
  if (screen === undefined) {
    throw new EvswitchError('unknown-target', `${named} is no target with QEMU's client`, {
      remedy: `there are: ${namesOf(screens)}`,
    })
  }
  const server = anywhere.includes(settings.host) ? loopback : (settings.host ?? loopback)
  if (!screen.isPlain) {
    throw notConfigured(
      `${screen.target} has to speak TLS, which QEMU cannot`,
      'say plain = true there',
    )
  }
  if (!settings.plainAddresses.includes(server)) {
    throw notConfigured(
      `nobody may come from ${server} without TLS, and QEMU does not know it`,
      `say plain-addresses = ["${server}"] in [share.serve]`,
    )
  }
  const { target, name, pointer } = screen
  return { target, screen: name, server, port: settings.port, isAbsolute: !pointer.isRelative }
}

function namesOf(screens: readonly ScreenWish[]): string {
  return screens.map(({ target }) => target).join(', ')
}

function notConfigured(message: string, remedy: string): EvswitchError {
  return new EvswitchError('not-configured', message, { remedy })
}
