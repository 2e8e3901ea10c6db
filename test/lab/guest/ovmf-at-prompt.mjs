// Boots OVMF to the prompt of its shell and saves the machine: the lab goes on from there, because booting OVMF
// under two emulations would take minutes.
// usage: node ovmf-at-prompt.mjs FIRMWARE FILE

import { spawn } from 'node:child_process'

const [firmware = '', file = ''] = process.argv.slice(2)
const deadlineMs = 300_000

const qemu = spawn(
  'qemu-system-x86_64',
  [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-nic', 'none'],
    ...['-machine', 'pc-i440fx-7.2', '-accel', 'tcg', '-m', '128', '-bios', firmware],
    ...['-serial', 'stdio', '-chardev', 'socket,id=qmp,fd=3', '-mon', 'chardev=qmp,mode=control'],
  ],
  { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
)
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
      process.stderr.write(`OVMF never said ${pattern}:\n${screen}\n`)
      process.exit(1)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
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
const countdown = await heard(() => screen, /any other key to continue/, 0)
stdin.write('\r')
await heard(() => screen, /Shell>/, countdown)
await ask('stop')
await ask('migrate', { uri: `exec:cat > '${file}'` })
while (!/"status": "completed"/.test(await ask('query-migrate'))) {
  await new Promise((resolve) => setTimeout(resolve, 50))
}
clearTimeout(timer)
qemu.kill('SIGKILL')
