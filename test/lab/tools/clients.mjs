/*
 * node clients.mjs FOLLOWERS     clients of the control socket that behave
 *
 * So many follow everything that the service tells, its log too, and read it. Lines on stdin:
 *   status COUNT   a client comes, asks so often, and goes
 *   turn           the oldest follower goes, and another comes
 *   reload         as `evswitch reload` does
 * Each is answered by "done", or by the error. Ends with stdin.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const PATH = '/run/evswitch/control.sock'
const EVERYTHING = ['log', 'switched', 'consumer', 'device-arrived', 'device-departed', 'reloaded']

class Client {
  #socket = new WebSocket('ws://localhost/', { createConnection: () => connect(PATH) })
  /** Who waits for the answer. @type {((answer: { error?: { message: string } }) => void) | undefined} */
  #answered

  /** Settles with the greeting. */
  async hello() {
    await once(this.#socket, 'message')
    this.#socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.id === 1) this.#answered?.(message)
    })
  }

  /**
   * @param {string} method
   * @param {unknown} [params]
   */
  async call(method, params) {
    const answer = new Promise((resolve) => {
      this.#answered = resolve
    })
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    const { error } = await answer
    if (error) throw new Error(error.message)
  }

  /** Everything that comes is read, and dropped. */
  async follow() {
    await this.call('subscribe', { events: EVERYTHING })
  }

  async end() {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}

async function connected() {
  const client = new Client()
  await client.hello()
  return client
}

async function follower() {
  const client = await connected()
  await client.follow()
  return client
}

/** @type {Client[]} */
const followers = []

/** @type {Record<string, (count: number) => Promise<void>>} */
const commands = {
  status: async (count) => {
    const client = await connected()
    for (let asked = 0; asked < count; asked++) await client.call('status')
    await client.end()
  },
  turn: async () => {
    followers.push(await follower())
    await followers.shift()?.end()
  },
  reload: async () => {
    const client = await connected()
    await client.call('reload')
    await client.end()
  },
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`)
}

for (let count = Number(process.argv[2]); count > 0; count--) followers.push(await follower())
say('done')
for await (const line of createInterface({ input: process.stdin })) {
  const [word = '', count] = line.split(' ')
  try {
    await commands[word]?.(Number(count))
    say('done')
  } catch (error) {
    say(`error ${error}`)
  }
}
process.exit(0)
