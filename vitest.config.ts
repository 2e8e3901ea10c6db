import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Every project runs in child processes: a native library cannot be unloaded from a worker
// thread, and a crash in it must take only its own test file along.
const project = (name: string, include: string, timeoutMs: number) => ({
  name,
  include: [include],
  pool: 'forks' as const,
  testTimeout: timeoutMs,
  hookTimeout: timeoutMs,
})

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...project('unit', 'test/**/*.test.ts', 10_000),
          exclude: ['test/{scenarios,native,lab,libvirt}/**'],
        },
      },
      { test: project('scenarios', 'test/scenarios/**/*.test.ts', 30_000) },
      // A case here may build its binary under a sanitizer first.
      { test: project('native', 'test/native/**/*.test.ts', 300_000) },
      // A libvirtd of its own; the first start of one asks QEMU for its abilities.
      { test: project('libvirt', 'test/libvirt/**/*.test.ts', 120_000) },
      {
        test: {
          ...project('lab', 'test/lab/**/*.test.ts', 600_000),
          // After everything else: its scenarios have a clock. A virtual machine has one processor, so that two of
          // them leave each other alone.
          maxWorkers: Math.min(2, availableParallelism()),
          // A worker's files share a process, so that they can share a machine.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
