import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deviceBusyError, usersOf, usersText } from '../../src/devices/users.ts'
import { FakeRoot } from './fake-root.ts'

const node = '/dev/input/event7'
const keys = [
  { node, deviceNumber: '13:71' },
  { node: '/dev/input/event3', deviceNumber: '13:67' },
]

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot()
})
afterEach(() => root.remove())

const users = () => usersOf(keys, { root: root.path })

describe('who has a node open', () => {
  test('is told by name and pid, known grabbers first', () => {
    root.addProcess(700, 'Xorg', ['/dev/null', node, 'socket:[123]'])
    root.addProcess(812, 'evsieve', [node, node])
    root.addProcess(900, 'gnome-shell', ['/dev/input/event3'])
    root.addProcess(1, 'systemd', ['/dev/input/event70', '/dev/input/mice'])
    const { byNode, complete } = users()
    expect(complete).toBe(true)
    expect(usersText(byNode.get(node) ?? [])).toBe('evsieve (812), Xorg (700)')
    expect(byNode.get('/dev/input/event3')).toEqual([
      { pid: 900, name: 'gnome-shell', grabber: false },
    ])
    expect(byNode.size).toBe(2)
  })

  test('names a script by its file', () => {
    root.addProcess(
      5,
      'python3',
      [node],
      ['/usr/bin/python3', '-u', '/usr/bin/input-remapper-service'],
    )
    expect(users().byNode.get(node)).toEqual([
      { pid: 5, name: 'input-remapper-service', grabber: true },
    ])
  })

  test('leaves this process out, and a node that went away', () => {
    root.addProcess(process.pid, 'node', [node])
    root.addProcess(6, 'stale', [`${node} (deleted)`])
    expect(users().byNode.size).toBe(0)
  })

  test('does not take another file of the same name for the node', () => {
    root.write('elsewhere/event7', '')
    root.addProcess(8, 'editor', [`${root.path}/elsewhere/event7`])
    expect(users().byNode.size).toBe(0)
  })

  test('makes a strange process name safe to print', () => {
    root.addProcess(9, 'evil\u001b[2J', [node])
    expect(usersText(users().byNode.get(node) ?? [])).toBe(String.raw`evil\x1b[2J (9)`)
  })

  test('stays short for many', () => {
    for (let pid = 10; pid < 20; pid++) root.addProcess(pid, 'reader', [node])
    expect(usersText(users().byNode.get(node) ?? [])).toBe(
      'reader (10), reader (11), reader (12), reader (13), 6 more',
    )
  })

  test('is nobody where there is no /proc', () => {
    expect(usersOf(keys, { root: `${root.path}/nowhere` })).toEqual({
      byNode: new Map(),
      complete: true,
    })
  })
})

describe('the error for a grabbed node', () => {
  test('names who has it open and what to do', () => {
    root.addProcess(812, 'evsieve', [node])
    root.addProcess(700, 'Xorg', [node])
    const error = deviceBusyError(node, users())
    expect(error.message).toBe(
      'cannot grab /dev/input/event7: another program has it; open in: evsieve (812), Xorg (700)\n' +
        'stop evsieve or leave the device to it',
    )
    expect(error.exitCode).toBe(1)
  })

  test('tells an ordinary user how to see it', () => {
    expect(deviceBusyError(node, { byNode: new Map(), complete: false }).message).toBe(
      'cannot grab /dev/input/event7: another program has it\n' +
        'as root its name can be seen: sudo evswitch devices',
    )
  })
})
