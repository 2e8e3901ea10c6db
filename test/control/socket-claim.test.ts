import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { claimSocket, type SocketClaim } from '../../src/control/socket-claim.ts'
import { EvswitchError } from '../../src/errors.ts'
import { temporaryDirectory } from './peer.ts'

const noGroup = 'no-such-group'

function claim(path: string, group = noGroup): SocketClaim {
  const claimed = claimSocket(path, group)
  onTestFinished(() => {
    try {
      claimed.release()
    } catch {
      // It was released by the test.
    }
  })
  return claimed
}

function failure(path: string): EvswitchError {
  try {
    claim(path)
  } catch (error) {
    if (error instanceof EvswitchError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Leaves a socket behind, as a process does that is killed. */
async function crash(path: string): Promise<void> {
  const script = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['-e', script, path])
  await once(child, 'exit')
  expect(statSync(path).isSocket()).toBe(true)
}

test('a place is claimed once, and is free when it was released', () => {
  const path = `${temporaryDirectory()}/run/control.sock`
  const first = claim(path)
  expect(failure(path).message).toBe(
    `another evswitch runs already, and listens at ${path}\n` +
      'evswitch status shows it; end it first, or give this one another --socket',
  )
  first.release()
  claim(path).release()
})

test('nothing is left of a place that was released', () => {
  const directory = temporaryDirectory()
  claim(`${directory}/run/control.sock`).release()
  expect(readdirSync(directory)).toEqual([])
})

test('a directory that was there stays', () => {
  const directory = temporaryDirectory()
  claim(`${directory}/control.sock`).release()
  expect(readdirSync(directory)).toEqual([])
  expect(existsSync(directory)).toBe(true)
})

test('a socket that a crash has left makes room', async () => {
  const path = `${temporaryDirectory()}/control.sock`
  await crash(path)
  claim(path)
  expect(existsSync(path)).toBe(false)
})

test('what is not a socket stays', () => {
  const path = `${temporaryDirectory()}/control.sock`
  writeFileSync(path, 'precious')
  expect(failure(path).message).toBe(
    `${path} is there and is not a socket\nremove it, or say another path for the control socket`,
  )
  // And the place is free for who puts that right.
  expect(existsSync(`${path}.lock`)).toBe(false)
})

test('the socket is open to its owner alone where there is no group', async () => {
  const path = `${temporaryDirectory()}/run/control.sock`
  const claimed = claim(path)
  const server = createServer().listen(path)
  await once(server, 'listening')
  claimed.open()
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
  server.close()
})

test('the socket and its directory are open to the group where there is one', async () => {
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
  const path = `${temporaryDirectory()}/run/control.sock`
  const claimed = claim(path, group)
  const server = createServer().listen(path)
  await once(server, 'listening')
  claimed.open()
  const { mode, gid } = statSync(path)
  expect([mode & 0o777, gid]).toEqual([0o660, process.getgid?.()])
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o750)
  server.close()
})

test('a place that cannot be is told in two lines', () => {
  const directory = temporaryDirectory()
  writeFileSync(`${directory}/file`, '')
  const path = `${directory}/file/control.sock`
  expect(failure(path).message).toBe(
    `cannot make the control socket ${path}: ENOTDIR\n` +
      'evswitch status and switch do not work without it; --socket says another path',
  )
  const long = `${directory}/${'x'.repeat(120)}`
  expect(failure(long).code).toBe('usage')
})
