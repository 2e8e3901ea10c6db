import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { displaysSize } from '../../src/devices/displays.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'evswitch-displays-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function display(name: string, files: Readonly<Record<string, string>>): void {
  const path = join(root, 'sys/class/drm', name)
  mkdirSync(path, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
}

const on = { status: 'connected\n', enabled: 'enabled\n' }

test('displays stand side by side, each with the mode that it prefers', () => {
  display('card0-HDMI-A-1', { ...on, modes: '2560x1440\n1920x1080\n' })
  display('card1-DP-2', { ...on, modes: '1920x1200i\n' })
  expect(displaysSize(root)).toEqual({ width: 4480, height: 1440 })
})

test('what shows nothing does not count', () => {
  display('card0', {})
  display('card0-VGA-1', { status: 'disconnected\n', enabled: 'disabled\n', modes: '' })
  display('card0-DP-1', { ...on, enabled: 'disabled\n', modes: '640x480\n' })
  display('card0-DP-2', { ...on, modes: '' })
  display('renderD128', {})
  expect(displaysSize(root)).toBeUndefined()
})

test('without a graphics card there is no size', () => {
  expect(displaysSize(root)).toBeUndefined()
})
