/* SPDX-License-Identifier: MIT */
/*
 * A library that does nothing: the least that any preload library costs. Preloaded by `make bench`.
 */
extern int privmap_bench_nothing;
int privmap_bench_nothing;
