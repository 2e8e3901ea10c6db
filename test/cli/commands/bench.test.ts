import { expect, test } from 'vitest'
import { capture } from '../capture.ts'

test.each([[['bench']], [['bench', 'device']]])(
  '%j has a help that fits its lines',
  async (command) => {
    const { code, out } = await capture([...command, '--help'])
    expect(code).toBe(0)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(84)
  },
)

test.each([
  [['--rate', '0'], 'bad rate "0"\nsay frames a second, 1 to 16000, as in --rate 1000'],
  [
    ['--rate', '1000', 'fast'],
    'bad rate "fast"\nsay frames a second, 1 to 16000, as in --rate 1000',
  ],
  [['--seconds', '61'], '60 seconds for each measurement are the most'],
  [['--switches', 'x'], 'bad number of switches "x"\nsay a number from 1 to 10000'],
  [
    ['--html', '/nowhere/page.html'],
    'cannot write /nowhere/page.html: ENOENT\nname a file in a folder that is there, and yours',
  ],
])('%j is refused', async (args, message) => {
  expect(await capture(['bench', ...args])).toEqual({
    code: 2,
    out: '',
    err: `evswitch: ${message}\n`,
  })
})
