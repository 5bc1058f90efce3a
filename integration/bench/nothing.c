/* SPDX-License-Identifier: MIT */
/*
 * A program that does nothing. Its static twin is what no preload library reaches: `make bench`
 * starts it under the tracer, by prefix.sh.
 */
int main(void)
{
	return 0;
}
