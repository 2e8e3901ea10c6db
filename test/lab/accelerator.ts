import type { Kernel } from './kernel.ts'
export type Accelerator = 'tcg' | 'kvm'
export async function chooseAccelerator(
  _kernel: Kernel,
  wanted: Accelerator | 'auto' = 'auto',
): Promise<Accelerator> {
  return wanted === 'auto' ? 'tcg' : wanted
}
