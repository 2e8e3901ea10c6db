#!/usr/bin/env node
import { processOutput } from './output.ts'
import { runProgram } from './program.ts'
import { keepHeapSmall } from './small-heap.ts'

keepHeapSmall()
process.exitCode = await runProgram(process.argv.slice(2), processOutput())
