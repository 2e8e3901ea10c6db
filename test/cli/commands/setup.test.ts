import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { capture } from '../capture.ts'

test('evswitch setup has a help that fits 80 columns', async () => {
  const { code, out } = await capture(['setup', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('evswitch setup --undo')
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
})

test.each([
  [['--qemu', 'win10'], 'leave out --qemu, or win10'],
  [['--undo', 'win10'], 'one domain alone: evswitch libvirt remove DOMAIN'],
  [['--undo', '--device', 'mosart'], 'one domain alone: evswitch libvirt remove DOMAIN'],
])('setup %j is refused before anything is looked at', async (args, remedy) => {
  const { code, out, err } = await capture(['setup', ...args, '--dry-run'])
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/^evswitch: /)
  expect(err.split('\n')[1]).toBe(remedy)
})

test.each([[[]], [['--undo']], [['--qemu']]])(
  'setup %j does nothing where it cannot ask and was not told to go on',
  async (args) => {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(new PassThrough() as never)
    const { code, out, err } = await capture(['setup', ...args])
    vi.restoreAllMocks()
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(/^evswitch: there is no terminal to ask in\nsay --yes /)
  },
)
