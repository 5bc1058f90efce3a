/* SPDX-License-Identifier: MIT */
/*
 * Reads tables for unwinding (numbers of DWARF) from a program, by address, and never beyond a
 * segment.
 */
#pragma once

#include "binary.h"

#include <string.h>

struct reader {
	const struct binary *binary;
	uint64_t at;
	bool failed; /* all reads since return 0 */
};

static inline uint64_t reader_bytes(struct reader *reader, size_t size)
{
	const uint8_t *bytes = binary_at(reader->binary, reader->at, size);
	uint64_t value = 0;

	if (!bytes)
		reader->failed = true;
	if (reader->failed)
		return 0;
	memcpy(&value, bytes, size);
	reader->at += size;
	return value;
}

static inline uint64_t reader_uleb(struct reader *reader)
{
	uint64_t value = 0, byte;
	unsigned shift = 0;

	do {
		byte = reader_bytes(reader, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80 && !reader->failed && shift < 128);
	return value;
}

/*
 * Reads a value in an encoding of DW_EH_PE_*. start is the base of values relative to data or to
 * the function.
 */
static inline uint64_t reader_encoded(struct reader *reader, unsigned encoding, uint64_t start)
{
	uint64_t from = reader->at, value;

	switch (encoding & 0x0f) {
	case 0x00:
	case 0x04:
	case 0x0c:
		value = reader_bytes(reader, 8);
		break;
	case 0x01:
		value = reader_uleb(reader);
		break;
	case 0x02:
		value = reader_bytes(reader, 2);
		break;
	case 0x03:
		value = reader_bytes(reader, 4);
		break;
	case 0x0a:
		value = (uint64_t)(int16_t)reader_bytes(reader, 2);
		break;
	case 0x0b:
		value = (uint64_t)(int32_t)reader_bytes(reader, 4);
		break;
	default:
		reader->failed = true;
		return 0;
	}
	switch (encoding & 0x70) {
	case 0x00:
		return value;
	case 0x10:
		return value ? value + from : 0;
	case 0x30:
	case 0x40:
		return value + start;
	default:
		reader->failed = true;
		return 0;
	}
}
