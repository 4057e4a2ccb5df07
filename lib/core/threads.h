/* SPDX-License-Identifier: MIT
 *
 * threads.h: what a pool of workers needs of the system: POSIX threads (winpthreads on Windows), or nothing
 * on WASI, where no thread can be started and none has to be waited for.
 */
#ifndef INFO_I_THREADS_H
#define INFO_I_THREADS_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__wasi__)

typedef struct info_i_mutex {
    char unused;
} info_i_mutex;
typedef info_i_mutex info_i_condition;
typedef info_i_mutex info_i_thread;

static inline void info_i_mutex_init(info_i_mutex *mutex)
{
    mutex->unused = 0;
}

static inline void info_i_mutex_end(info_i_mutex *mutex)
{
}

static inline void info_i_lock(info_i_mutex *mutex)
{
}

static inline void info_i_unlock(info_i_mutex *mutex)
{
}

static inline void info_i_condition_init(info_i_condition *condition)
{
    condition->unused = 0;
}

static inline void info_i_condition_end(info_i_condition *condition)
{
}

static inline void info_i_wait(info_i_condition *condition, info_i_mutex *mutex)
{
}

static inline void info_i_wake_one(info_i_condition *condition)
{
}

static inline void info_i_wake_all(info_i_condition *condition)
{
}

static inline bool info_i_thread_start(info_i_thread *thread, void *(*work)(void *), void *argument)
{
    return false;
}

static inline void info_i_thread_join(info_i_thread thread)
{
}

static inline int64_t info_i_process(void)
{
    return 0;
}

#else

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

typedef pthread_mutex_t info_i_mutex;
typedef pthread_cond_t info_i_condition;
typedef pthread_t info_i_thread;

static inline void info_i_mutex_init(info_i_mutex *mutex)
{
    pthread_mutex_init(mutex, NULL);
}

static inline void info_i_mutex_end(info_i_mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

static inline void info_i_lock(info_i_mutex *mutex)
{
    pthread_mutex_lock(mutex);
}

static inline void info_i_unlock(info_i_mutex *mutex)
{
    pthread_mutex_unlock(mutex);
}

static inline void info_i_condition_init(info_i_condition *condition)
{
    pthread_cond_init(condition, NULL);
}

static inline void info_i_condition_end(info_i_condition *condition)
{
    pthread_cond_destroy(condition);
}

static inline void info_i_wait(info_i_condition *condition, info_i_mutex *mutex)
{
    pthread_cond_wait(condition, mutex);
}

static inline void info_i_wake_one(info_i_condition *condition)
{
    pthread_cond_signal(condition);
}

static inline void info_i_wake_all(info_i_condition *condition)
{
    pthread_cond_broadcast(condition);
}

/* Signals are the host's business: its threads handle them, ours do not. False if the thread cannot be had. */
static inline bool info_i_thread_start(info_i_thread *thread, void *(*work)(void *), void *argument)
{
#if defined(_WIN32)
    return pthread_create(thread, NULL, work, argument) == 0;
#else
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(thread, NULL, work, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
#endif
}

static inline void info_i_thread_join(info_i_thread thread)
{
    pthread_join(thread, NULL);
}

/* Which process this is: a forked child has the memory of its parent's threads but not the threads. */
static inline int64_t info_i_process(void)
{
    return (int64_t)getpid();
}

#endif

#endif
