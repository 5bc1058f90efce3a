/* SPDX-License-Identifier: MIT */
/*
 * Chooses regions by functions and entries.
 */
#include "regions.h"

enum { LARGEST = 1 << 20 };

struct region *regions_at(struct regions *regions, uint64_t address)
{
	const struct function *function = functions_at(regions->functions, address);
	struct region *region = &regions->region;
	uint64_t start, end;

	if (region_has(region, address) && regions->function == function)
		return region;
	region_forget(region);
	regions->function = function;
	if (function) {
		start = function->start;
		end = function->end;
	} else {
		if (!regions->entries.count &&
		    !entries_find(&regions->entries, regions->binary, regions->functions)) {
			refuse(regions->binary, "there is no memory");
			return NULL;
		}
		if (!entries_around(&regions->entries, regions->binary, regions->functions, address,
				    &start, &end))
			return region;
	}
	if (end - start > LARGEST || !binary_at(regions->binary, start, end - start))
		return region;
	if (region_decode(region, regions->binary, start, end))
		return region;
	refuse(regions->binary, "there is no memory");
	return NULL;
}

void regions_forget(struct regions *regions)
{
	region_forget(&regions->region);
	entries_forget(&regions->entries);
}
