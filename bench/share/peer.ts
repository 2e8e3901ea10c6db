import { connectServer } from '../../src/share/net/connect.ts'
import { attachSession, socketWire } from '../../src/share/net/socket-wire.ts'
import { ClientSession } from '../../src/share/protocol/client-session.ts'
import { systemClock } from '../../src/share/protocol/clock.ts'
import type { Identity } from '../../src/share/tls/identity.ts'
import { waitUntil } from './wait.ts'

/** A screen, the same for every server: it says when a message for a key has come. */
export interface Peer {
  /** Called for each press and each release of a letter. */
  onKey: (letter: string, isDown: boolean) => void
  readonly hasEntered: boolean
  close(): void
}

/** Connects as `name`, again and again until the server takes it. @param identity undefined for the plain mode */
export async function connectPeer(
  port: number,
  name: string,
  identity: Identity | undefined,
): Promise<Peer> {
  const state = { isReady: false, hasEntered: false }
  const address = { host: '127.0.0.1', port }
  const distrust = () => undefined
  let socket: Awaited<ReturnType<typeof connectServer>> | undefined
  await waitUntil('a server takes the peer', async () => {
    const signal = AbortSignal.timeout(30_000)
    socket = await connectServer({ ...address, identity, distrust }, signal).catch(() => undefined)
    return socket !== undefined
  })
  if (socket === undefined) throw new Error('no server')
  const nothing = () => {}
  const peer: Peer = {
    onKey: nothing,
    get hasEntered() {
      return state.hasEntered
    },
    close: () => session.close(),
  }
  const session = new ClientSession({
    ...{ wire: socketWire(socket), clock: systemClock, name, isSecure: identity !== undefined },
    screen: { width: 1920, height: 1080 },
    events: {
      ready: () => {
        state.isReady = true
      },
      entered: () => {
        state.hasEntered = true
      },
      left: () => {
        state.hasEntered = false
      },
      keyDown: ({ id }) => peer.onKey(String.fromCodePoint(id), true),
      keyUp: ({ id }) => peer.onKey(String.fromCodePoint(id), false),
      ...{ options: nothing, keyRepeat: nothing, mouseDown: nothing, mouseUp: nothing },
      ...{ mouseMove: nothing, mouseRelative: nothing, wheel: nothing },
      ...{ keyboardBlocked: nothing, stalled: nothing, closed: nothing },
    },
  })
  attachSession(socket, session)
  await waitUntil('the peer is connected', () => state.isReady)
  return peer
}
