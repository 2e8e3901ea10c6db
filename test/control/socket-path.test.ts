import { expect, test } from 'vitest'
import { clientSockets, serverSocket } from '../../src/control/socket-path.ts'

const system = '/run/evswitch/control.sock'
const own = '/run/user/1000/evswitch/control.sock'
const env = { XDG_RUNTIME_DIR: '/run/user/1000' }

test('root and a unit listen for the machine, others for themselves', () => {
  expect(serverSocket({ uid: 0, env })).toBe(system)
  expect(serverSocket({ uid: 990, env: { RUNTIME_DIRECTORY: '/run/evswitch' } })).toBe(system)
  expect(serverSocket({ uid: 990, env: { RUNTIME_DIRECTORY: '/run/other:/run/more' } })).toBe(
    '/run/other/control.sock',
  )
  expect(serverSocket({ uid: 1000, env })).toBe(own)
  expect(serverSocket({ uid: 1000, env: {} })).toBeUndefined()
  expect(serverSocket({ uid: 1000, env: { XDG_RUNTIME_DIR: 'here' } })).toBeUndefined()
})

test("clients ask the machine's service first, whoever they are", () => {
  expect(clientSockets({ uid: 1000, env })).toEqual([system, own])
  expect(clientSockets({ uid: 0, env: {} })).toEqual([system])
})
