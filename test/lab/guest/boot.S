/*
 * A guest in 512 bytes: the boot sector that SeaBIOS starts, which tells on COM1 what its keyboard and mouse
 * do. A guest that knows only firmware shows what reaches a boot loader; and nothing in it can hide a key
 * that never came up.
 *
 *	PRESS ANY KEY		once, when it listens
 *
 * Without RAW, as a boot loader: each key that int 16h function 10h gives, scan code before character.
 *	KEY 1e61
 *
 * With RAW, as a driver: every byte of the keyboard (scan code set 1, so make and break codes) and every
 * packet of the mouse (buttons, dx, dy, wheel). At F12 it switches its machine off, as a system that shuts down does.
 *	K 1e
 *	K 9e
 *	M 08 05 fb 00
 */
	.code16
	.globl	_start

#define COM1		0x3f8
#define COM1_STATUS	0x3fd
#define COM1_ROOM	0x20
#define PS2_DATA	0x60
#define PS2_STATUS	0x64
#define PS2_FULL	0x01
#define PS2_BUSY	0x02
#define PS2_FROM_MOUSE	0x20
#define PIC1		0x20
#define PIC2		0xa0
#define EOI		0x20
#define F12		0x58
#define ACPI_CONTROL	0x604	/* PM1a_CNT, where SeaBIOS puts it on a pc */
#define ACPI_SLEEP	0x2000	/* SLP_EN with sleep type 0, which is S5 here */

	.text
_start:
	cli
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$0x7c00, %sp
	ljmp	$0, $main
main:
	cld
#ifdef RAW
	call	start_raw
#else
	sti
#endif
	mov	$greeting, %si
	call	print_text

#ifndef RAW
next_key:
	mov	$0x10, %ah
	int	$0x16
	push	%ax
	mov	$key, %si
	call	print_text
	pop	%ax
	push	%ax
	mov	%ah, %al
	call	print_byte
	pop	%ax
	call	print_byte
	call	print_newline
	jmp	next_key

#else
	mov	$packet, %di
wait:	/* The interrupt only wakes: a byte stays in the controller until it is read here. */
	sti
	hlt
	cli
next_byte:
	in	$PS2_STATUS, %al
	test	$PS2_FULL, %al
	jz	wait
	mov	%al, %ah
	in	$PS2_DATA, %al
	test	$PS2_FROM_MOUSE, %ah
	jnz	mouse_byte

	push	%ax
	mov	$'K', %al
	call	print_char
	pop	%ax
	push	%ax
	call	print_spaced
	call	print_newline
	pop	%ax
	cmp	$F12, %al
	jne	next_byte
	mov	$ACPI_CONTROL, %dx
	mov	$ACPI_SLEEP, %ax
	out	%ax, %dx
	jmp	next_byte

mouse_byte:
	cmp	$packet, %di
	jne	1f
	test	$0x08, %al	/* set in each first byte: else we are out of step */
	jz	next_byte
1:	stosb
	cmp	$packet + 4, %di
	jne	next_byte
	mov	$'M', %al
	call	print_char
	mov	$packet, %si
2:	lodsb
	call	print_spaced
	cmp	%di, %si
	jne	2b
	mov	$packet, %di
	call	print_newline
	jmp	next_byte

start_raw:	/* ax is 0, the segment of the handlers */
	/* Handlers that acknowledge; all interrupts off but keyboard, cascade, mouse. */
	movw	$keyboard_irq, 0x09 * 4
	movw	%ax, 0x09 * 4 + 2
	movw	$mouse_irq, 0x74 * 4
	movw	%ax, 0x74 * 4 + 2
	mov	$~0x06, %al
	out	%al, $PIC1 + 1
	mov	$~0x10, %al
	out	%al, $PIC2 + 1

	/* Both ports on with interrupts, scan codes translated to set 1. */
	mov	$0xa8, %al
	call	controller
	mov	$0x60, %al
	call	controller
	mov	$0x47, %al
	call	device

	/* Knocking sequence of a wheel mouse (packets of 4 bytes), then let it send. */
	mov	$knock, %si
1:	mov	$0xd4, %al
	call	controller
	lodsb
	call	device
2:	in	$PS2_STATUS, %al	/* the mouse acknowledges each byte */
	test	$PS2_FULL, %al
	jz	2b
	in	$PS2_DATA, %al
	cmp	$knock_end, %si
	jne	1b
	ret

controller:
	call	not_busy
	out	%al, $PS2_STATUS
	ret
device:
	call	not_busy
	out	%al, $PS2_DATA
	ret
not_busy:
	push	%ax
1:	in	$PS2_STATUS, %al
	test	$PS2_BUSY, %al
	jnz	1b
	pop	%ax
	ret

mouse_irq:
	push	%ax
	mov	$EOI, %al
	out	%al, $PIC2
	jmp	1f
keyboard_irq:
	push	%ax
	mov	$EOI, %al
1:	out	%al, $PIC1
	pop	%ax
	iret

knock:	.byte	0xf6, 0xf3, 200, 0xf3, 100, 0xf3, 80, 0xf4
knock_end:

print_spaced:
	push	%ax
	mov	$' ', %al
	call	print_char
	pop	%ax
	/* falls through */
#endif

print_byte:
	push	%ax
	shr	$4, %al
	call	print_digit
	pop	%ax
	and	$0x0f, %al
print_digit:
	cmp	$10, %al
	jb	1f
	add	$'a' - '0' - 10, %al
1:	add	$'0', %al
	/* falls through */
print_char:
	push	%dx
	push	%ax
	mov	$COM1_STATUS, %dx
1:	in	%dx, %al
	test	$COM1_ROOM, %al
	jz	1b
	pop	%ax
	mov	$COM1, %dx
	out	%al, %dx
	pop	%dx
	ret

print_newline:
	mov	$'\n', %al
	jmp	print_char

print_text:
	lodsb
	test	%al, %al
	jz	1f
	call	print_char
	jmp	print_text
1:	ret

greeting:
	.asciz	"PRESS ANY KEY\n"
key:	.asciz	"KEY "

	.org	510
	.word	0xaa55

	.equ	packet, 0x7e00
