import { expect, test } from 'vitest'
import { capture } from '../capture.ts'

test('evswitch map asks what to do', async () => {
  const { code, err } = await capture(['map'])
  expect(code).toBe(2)
  expect(err).toContain('say what to do with the map\nthere are: test')
})

test('evswitch map test shows keys on a terminal only', async () => {
  const { code, err } = await capture(['map', 'test'])
  expect(code).toBe(2)
  expect(err).toContain('names of keys are shown on a terminal only')
})

test('evswitch map --help shows what a map looks like', async () => {
  const { code, out } = await capture(['map', '--help'])
  expect(code).toBe(0)
  expect(out).toContain('keys.BTN_SIDE = "leftctrl+c"')
})
