/* SPDX-License-Identifier: MIT
 *
 * The program's page, with its style and scripts in it, up to the data and after
 * them; made by embed.py, terminated by 0.
 */
#ifndef EXAMPLES_PAGE_PAGE_PARTS_H
#define EXAMPLES_PAGE_PAGE_PARTS_H

extern const unsigned char page_before_data[];
extern const unsigned char page_after_data[];

#endif
