import { createServer, type Server } from 'node:net'
import { errnoName } from '../../src/errors.ts'

/** One at a time on a machine; an abstract socket is the kernel's to take back, however this process ends. */
export async function lockLaboratory(): Promise<Server> {
  const server = createServer()
  const listening = new Promise<void>((resolve, reject) => {
    server.once('listening', resolve).once('error', reject)
  })
  server.listen('\0evswitch-bench-laboratory')
  try {
    await listening
  } catch (error) {
    if (errnoName(error) !== 'EADDRINUSE') throw error
    throw new Error('another one is running on this machine; two would measure each other')
  }
  return server
}
