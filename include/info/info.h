/* SPDX-License-Identifier: MIT
 *
 * info/info.h: all of libinfo.
 *
 *     cc program.c $(pkg-config --cflags --libs libinfo)
 */
#ifndef INFO_INFO_H
#define INFO_INFO_H

#include <info/base.h>
#include <info/decoding.h>
#include <info/distribution.h>
#include <info/evaluation.h>
#include <info/joint.h>
#include <info/lm.h>
#include <info/shard.h>
#include <info/states.h>
#include <info/token.h>

#if INFO_LINALG
#include <info/coding.h>
#include <info/continuous.h>
#include <info/geometry.h>
#include <info/head.h>
#include <info/sample.h>
#include <info/sequence.h>
#include <info/spectral.h>
#endif

#endif
