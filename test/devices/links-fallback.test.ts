import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ensureLink, removeLink } from '../../src/devices/links-fallback.ts'
import { FakeRoot } from './fake-root.ts'

const path = '/dev/input/by-id/evswitch-win10-event-kbd'

let root: FakeRoot
beforeEach(() => {
  root = new FakeRoot()
})
afterEach(() => root.remove())

const ensure = (node: string, udevTimeoutMs = 100) =>
  ensureLink('win10', 'kbd', node, { root: root.path, udevTimeoutMs })
const linkText = () => readlinkSync(join(root.path, path))

describe('without udev', () => {
  test('the link is made as udev would, and removed again with its directory', async () => {
    root.write('dev/input/event5', '')
    const outcome = await ensure('/dev/input/event5')
    expect(outcome).toEqual({ path, node: '/dev/input/event5', madeBy: 'evswitch' })
    expect(linkText()).toBe('../event5')
    removeLink(outcome, root.path)
    expect(existsSync(join(root.path, '/dev/input/by-id'))).toBe(false)
  })

  test('a link left behind by a killed process is replaced', async () => {
    mkdirSync(join(root.path, 'dev/input/by-id'))
    symlinkSync('../event3', join(root.path, path))
    root.write('dev/input/event5', '')
    expect(await ensure('/dev/input/event5')).toMatchObject({ madeBy: 'evswitch' })
    expect(linkText()).toBe('../event5')
    expect(readdirSync(join(root.path, 'dev/input/by-id'))).toHaveLength(1)
  })

  test('a link left behind that leads to the node by chance is removed in the end', async () => {
    mkdirSync(join(root.path, 'dev/input/by-id'))
    symlinkSync('../event5', join(root.path, path))
    const outcome = await ensure('/dev/input/event5')
    expect(outcome).toEqual({ path, node: '/dev/input/event5', madeBy: 'evswitch' })
    removeLink(outcome, root.path)
    expect(existsSync(join(root.path, '/dev/input/by-id'))).toBe(false)
  })

  test('a link whose number somebody else has now is replaced', async () => {
    root.plugAll('at-keyboard')
    mkdirSync(join(root.path, 'dev/input/by-id'), { recursive: true })
    symlinkSync('../event0', join(root.path, path))
    expect(await ensure('/dev/input/event5')).toMatchObject({ madeBy: 'evswitch' })
  })

  test('the link of another running evswitch is left alone', async () => {
    root.plugAll('at-keyboard')
    mkdirSync(join(root.path, 'dev/input/by-id'), { recursive: true })
    symlinkSync('../event0', join(root.path, path))
    root.write(`${root.inputDirectory('event0')}/phys`, 'evswitch-win10-event-kbd\n')
    expect(await ensure('/dev/input/event5')).toEqual({
      path,
      node: '/dev/input/event5',
      madeBy: 'nobody',
      reason: 'another evswitch has a target of this name (event0)',
    })
    expect(linkText()).toBe('../event0')
  })

  test('a file of that name is left alone', async () => {
    root.write(path.slice(1), 'precious')
    expect(await ensure('/dev/input/event5')).toMatchObject({
      madeBy: 'nobody',
      reason: 'a file that is not a link has its name',
    })
  })

  test('a link that leads elsewhere by now is not removed', async () => {
    const outcome = await ensure('/dev/input/event5')
    const other = await ensure('/dev/input/event6')
    removeLink(outcome, root.path)
    expect(linkText()).toBe('../event6')
    removeLink(other, root.path)
  })

  test('what cannot be made is told', async () => {
    root.write('dev/input/by-id', 'not a directory')
    expect(await ensure('/dev/input/event5')).toMatchObject({
      madeBy: 'nobody',
      reason: 'it cannot be made (EEXIST)',
    })
  })
})

describe('with udev', () => {
  beforeEach(() => {
    root.remove()
    root = new FakeRoot({ udev: true })
  })

  test('its link is waited for and never removed', async () => {
    const outcome = ensure('/dev/input/event0', 2000)
    await sleep(30)
    root.plugAll('evswitch-guest-nodes')
    expect(await outcome).toEqual({ path, node: '/dev/input/event0', madeBy: 'udev' })
    removeLink(await outcome, root.path)
    expect(linkText()).toBe('../event0')
  })

  test('a link left behind is not taken for one of udev’s', async () => {
    root.plugAll('at-keyboard')
    mkdirSync(join(root.path, 'dev/input/by-id'), { recursive: true })
    symlinkSync('../event0', join(root.path, path))
    const outcome = await ensure('/dev/input/event0', 30)
    expect(outcome).toMatchObject({ madeBy: 'evswitch' })
    removeLink(outcome, root.path)
    expect(existsSync(join(root.path, path))).toBe(false)
  })

  test('the link is made after a while when its rules are not installed', async () => {
    expect(await ensure('/dev/input/event5', 30)).toMatchObject({ madeBy: 'evswitch' })
  })

  test('waiting ends at the signal', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 20)
    const link = ensureLink('win10', 'kbd', '/dev/input/event5', {
      root: root.path,
      udevTimeoutMs: 5000,
      signal: stop.signal,
    })
    await expect(link).rejects.toThrow('aborted')
  })
})
