import { expect, test } from 'vitest'
import { capture } from '../capture.ts'

test('evswitch setup has a help that fits 80 columns', async () => {
  const { code, out } = await capture(['setup', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('evswitch setup --undo')
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
})
