import { spawn } from 'node:child_process'

const deadlineMs = 300_000
const lookAgainMs = 50

/**
 * What a machine says on its serial line, and a way to answer.
 * @typedef {object} Console
 * @property {(pattern: RegExp) => Promise<void>} hear waits until it has said something, after what was heard before
 * @property {(text: string) => void} type
 */

/**
 * Boots a machine, brings it somewhere, and saves it in a file: a test in the lab goes on from there, because booting
 * under two emulations would take minutes. Ends the process when it does not come there.
 * @param {string} file
 * @param {readonly string[]} args QEMU arguments; those that say what the machine consists of are needed again to go on
 * @param {(console: Console) => Promise<void>} bring
 */
export async function saveMachine(file, args, bring) {
  const serial = ['-serial', 'stdio']
  const monitorAt3 = ['-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control']
  const qemu = spawn('qemu-system-x86_64', [...args, ...serial, ...monitorAt3], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  })
  const timer = setTimeout(() => qemu.kill('SIGKILL'), deadlineMs)
  const { stdin, stdout } = qemu
  if (stdin === null || stdout === null) throw new Error('QEMU has no serial line')
  const monitor = /** @type {import('node:net').Socket} */ (qemu.stdio[3])

  let screen = ''
  stdout.on('data', (/** @type {Buffer} */ bytes) => {
    screen += bytes.toString('latin1')
  })
  let answers = ''
  monitor.on('data', (/** @type {Buffer} */ bytes) => {
    answers += bytes.toString()
  })

  /**
   * Waits until something was said after a position; returns where it ends.
   * @param {() => string} said
   * @param {RegExp} pattern
   * @param {number} from
   */
  async function heard(said, pattern, from) {
    for (;;) {
      const match = pattern.exec(said().slice(from))
      if (match) return from + match.index + match[0].length
      if (qemu.exitCode !== null || qemu.signalCode !== null) {
        process.stderr.write(`the machine never said ${pattern}:\n${screen}\n`)
        process.exit(1)
      }
      await pause()
    }
  }

  /** @param {string} execute @param {object} [options] */
  async function ask(execute, options = {}) {
    const from = answers.length
    monitor.write(`${JSON.stringify({ execute, arguments: options })}\n`)
    await heard(() => answers, /"(return|error)"/, from)
    return answers.slice(from)
  }

  await ask('qmp_capabilities')
  let at = 0
  await bring({
    hear: async (pattern) => {
      at = await heard(() => screen, pattern, at)
    },
    type: (text) => stdin.write(text),
  })
  await ask('stop')
  await ask('migrate', { uri: `exec:cat > '${file}'` })
  while (!/"status": "completed"/.test(await ask('query-migrate'))) await pause()
  clearTimeout(timer)
  qemu.kill('SIGKILL')
}

async function pause() {
  await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
}
