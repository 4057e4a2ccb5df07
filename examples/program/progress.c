/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 32

void progress_start(struct progress *progress, bool wanted)
{
    *progress = (struct progress){.shown = wanted && isatty(STDERR_FILENO), .label = "", .percent = -1};
}

void progress_step(struct progress *progress, const char *label, double begin, double end)
{
    progress->label = label;
    progress->begin = begin;
    progress->end = end;
    progress->percent = -1;
    progress_draw(progress, 0.0);
}

void progress_draw(void *user, double fraction)
{
    struct progress *progress = user;
    double done = progress->begin + fraction * (progress->end - progress->begin);
    int percent = (int)(100.0 * done), filled = (int)(BAR_WIDTH * done);
    if (!progress->shown || percent == progress->percent)
        return;
    progress->percent = percent;
    fprintf(stderr, "\r\033[K[%.*s%*s] %3d %%  %s", filled, "################################", BAR_WIDTH - filled, "",
            percent, progress->label);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
}
