/* SPDX-License-Identifier: MIT */
/*
 * A program that does nothing. No preload library reaches its static twin: `make bench` starts that
 * under the tracer (prefix.sh).
 */
int main(void)
{
	return 0;
}
