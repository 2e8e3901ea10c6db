import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { LiveScreen, type ScreenLine, type TerminalStream } from '../../src/cli/live-screen.ts'
import { TerminalScreen } from '../lab/terminal-screen.ts'

class FakeTerminal extends EventEmitter implements TerminalStream {
  rows = 5
  columns = 20
  writableNeedDrain = false
  written = 0
  readonly screen = new TerminalScreen(5, 20)

  write(text: string): boolean {
    this.written += text.length
    this.screen.feed(text)
    return true
  }
}

function open(first: readonly ScreenLine[]) {
  const terminal = new FakeTerminal()
  const content = { lines: first }
  const screen = new LiveScreen(terminal, () => content.lines)
  screen.open()
  return { terminal, screen, content }
}

const lines = (...texts: readonly string[]) => texts.map((text) => ({ text }))

describe('a live screen', () => {
  test('lies over the terminal and hides the cursor until it is closed', () => {
    const { terminal, screen } = open(lines('one', 'two'))
    expect(terminal.screen.text).toBe('one\ntwo')
    expect(terminal.screen.isAlternate).toBe(true)
    expect(terminal.screen.isCursorVisible).toBe(false)
    screen.close()
    screen.close()
    screen.draw()
    expect(terminal.screen.isAlternate).toBe(false)
    expect(terminal.screen.isCursorVisible).toBe(true)
    expect(terminal.screen.text).toBe('')
    expect(terminal.listenerCount('resize')).toBe(0)
  })

  test('sends only what has changed', () => {
    const { terminal, screen, content } = open(lines('one', 'two', 'three'))
    const before = terminal.written
    screen.draw()
    expect(terminal.written).toBe(before)
    content.lines = lines('one', '2')
    screen.draw()
    expect(terminal.screen.text).toBe('one\n2')
    expect(terminal.written - before).toBeLessThan(30)
    screen.close()
  })

  test('is drawn anew when the terminal has another size, and never larger', () => {
    const { terminal, screen, content } = open(lines('one'))
    content.lines = lines(...'abcdefgh')
    terminal.emit('resize')
    expect(terminal.screen.lines).toEqual(['a', 'b', 'c', 'd', 'e'])
    screen.close()
  })

  test('sends nothing while the terminal is slow', () => {
    const { terminal, screen, content } = open(lines('one'))
    terminal.writableNeedDrain = true
    content.lines = lines('two')
    screen.draw()
    expect(terminal.screen.text).toBe('one')
    terminal.writableNeedDrain = false
    screen.draw()
    expect(terminal.screen.text).toBe('two')
    screen.close()
  })
})
