import { PassThrough } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { quietKeyboard } from '../../src/cli/quiet-keyboard.ts'

test('Ctrl+C is heard also where a question before has paused standard input', async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn() })
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
  stdin.pause()
  const undo = quietKeyboard(stdin as never)
  stdin.write('a\u0003')
  await vi.waitFor(() => expect(kill).toHaveBeenCalledWith(process.pid, 'SIGINT'))
  undo()
  kill.mockRestore()
  expect(stdin.setRawMode.mock.calls).toEqual([[true], [false]])
})
