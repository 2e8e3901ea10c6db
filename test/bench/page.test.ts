import { expect, test } from 'vitest'
import { reportPage } from '../../src/bench/page.ts'
import { report } from './report.ts'

test('the page is one file with the report in it', () => {
  const page = reportPage(report())
  expect(page).toContain('<h1>evswitch bench</h1>')
  expect(page).not.toMatch(/<(script|link)[^>]+(src|href)=/)
  const [, json = ''] =
    /<script type="application\/json" id="report">(.*?)<\/script>/s.exec(page) ?? []
  expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(report())))
})

test('what the machine calls itself is text', () => {
  const machine = { ...report().machine, processor: '</script><b>"&' }
  const page = reportPage({ ...report(), machine, notes: ['<i>'] })
  expect(page).not.toContain('</script><b>')
  expect(page).toContain('&#60;/script&#62;&#60;b&#62;&#34;&#38;')
  expect(page).toContain('<p class="note">&#60;i&#62;</p>')
})

test('an interrupted run is marked, and a rate that was not held has no figures', () => {
  expect(reportPage(report())).not.toContain('Interrupted')
  const [first] = report().cases
  const cases = first === undefined ? [] : [{ ...first, held: false, reachedHz: 812.3 }]
  const page = reportPage({ ...report(), cases, complete: false, measured: 1 })
  expect(page).toContain('Interrupted: 1 of 2 measurements were made.')
  expect(page).toContain('<td>not held: 812 Hz</td><td></td>')
})
