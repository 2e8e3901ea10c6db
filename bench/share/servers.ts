import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { codes } from '../../src/engine/code-table.ts'
import { parseKey } from '../../src/engine/codes.ts'
import { encodeFrame } from '../../src/share/link/records.ts'
import { targetLine } from '../../src/share/link/target-line.ts'
import type { ServeSettings } from '../../src/share/process/open-serve.ts'
import { certificateFile, type Identity } from '../../src/share/tls/identity.ts'
import { TrustedPeers } from '../../src/share/tls/trusted-peers.ts'
import { freePort } from '../../test/lab/free-port.ts'
import type { XScreen } from '../../test/lab/x-screen.ts'
import { BENCH_DIR } from '../added/build.ts'
import { waitUntil } from './wait.ts'
import { XKeyboard } from './x-keyboard.ts'

const { EV_MSC, EV_KEY, MSC_SERIAL } = codes

/** What has a keyboard, and a screen to which its keys go. */
export interface KeyServer {
  readonly port: number
  /** The input goes to the screen; until then no key does. */
  enter(): void
  /** A frame of a key, or an event of X. */
  key(letter: string, isDown: boolean): void
  close(): Promise<void>
}

export interface Place {
  readonly folder: string
  readonly name: string
  readonly isSecure: boolean
  readonly server: Identity
  readonly peer: Identity
}

/** As systemd/share/evswitch-share.service has them. */
const unitFlags = ['--jitless', '--no-expose-wasm']

/** The share's process, and in place of the engine this one. */
export async function startShare({
  folder,
  name,
  isSecure,
  server,
  peer,
}: Place): Promise<KeyServer> {
  const [runtime, state] = [join(folder, 'run'), join(folder, 'state')]
  mkdirSync(state, { recursive: true, mode: 0o700 })
  writeFileSync(certificateFile(state), server.pem, { mode: 0o600 })
  new TrustedPeers(state).accept([{ role: 'screen', name, fingerprint: peer.fingerprint }])
  const port = await freePort()
  const settings: ServeSettings = {
    ...{ host: '127.0.0.1', port, layout: { layout: 'us' } },
    plainAddresses: isSecure ? [] : ['127.0.0.1'],
    screens: [
      {
        ...{ target: name, name, isPlain: !isSecure, isWheelSmooth: false, client: 'barrier' },
        pointer: { isRelative: false, speed: 1, acceleration: 0 },
      },
    ],
  }
  const program = join(BENCH_DIR, '../dist/cli/main.js')
  const child = spawn(
    process.execPath,
    [...unitFlags, program, 'share', 'network-serve', JSON.stringify(settings)],
    {
      env: { ...process.env, RUNTIME_DIRECTORY: runtime, STATE_DIRECTORY: state },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    },
  )
  const link = await linkTo(join(runtime, 'serve.sock'), child)
  link.write(targetLine(name))
  link.resume()
  return {
    port,
    enter: () => link.write(encodeFrame([{ type: EV_MSC, code: MSC_SERIAL, value: 1 }])),
    key: (letter, isDown) => {
      link.write(encodeFrame([{ type: EV_KEY, code: parseKey(letter), value: isDown ? 1 : 0 }]))
    },
    close: async () => {
      link.destroy()
      await ended(child)
    },
  }
}

async function linkTo(path: string, child: ChildProcess) {
  let link: ReturnType<typeof connect> | undefined
  await waitUntil('the share listens', async () => {
    if (child.exitCode !== null) throw new Error('the share has ended')
    const socket = connect(path)
    const isThere = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    if (isThere) link = socket
    return isThere
  })
  if (link === undefined) throw new Error('the share does not listen')
  return link
}

/** barriers, and an X server with fingers. */
export async function startBarriers(
  { folder, name, isSecure, server, peer }: Place,
  screen: XScreen,
): Promise<KeyServer> {
  const fingerprints = join(folder, 'SSL/Fingerprints')
  mkdirSync(fingerprints, { recursive: true })
  writeFileSync(join(folder, 'SSL/Barrier.pem'), server.pem)
  writeFileSync(join(fingerprints, 'TrustedClients.txt'), `v2:sha256:${peer.fingerprint}\n`)
  const config = join(folder, 'barrier.conf')
  writeFileSync(config, barrierConfig(name))
  const port = await freePort()
  let said = ''
  screen.spawn(
    'barriers',
    [
      ...['-f', '--no-tray', '--restart', '--debug', 'NOTE', '--display', screen.display],
      ...['--profile-dir', folder, ...(isSecure ? [] : ['--disable-crypto'])],
      ...['--name', 'main', '--config', config, '--address', `127.0.0.1:${port}`],
    ],
    (text) => {
      said += text
    },
  )
  await waitUntil('barriers waits for clients', () => said.includes('waiting for clients'))
  const keyboard = await XKeyboard.open(screen.display)
  return {
    port,
    enter: () => {
      keyboard.key(codes.KEY_F11, true)
      keyboard.key(codes.KEY_F11, false)
    },
    key: (letter, isDown) => keyboard.key(parseKey(letter), isDown),
    close: async () => {
      keyboard.close()
      await screen.close()
    },
  }
}

function barrierConfig(name: string): string {
  return `section: screens
\tmain:
\t${name}:
end
section: links
\tmain:
\t\tright = ${name}
end
section: options
\tkeystroke(f11) = switchToScreen(${name})
end
`
}

async function ended(child: ChildProcess): Promise<void> {
  child.stdio[3]?.destroy()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
