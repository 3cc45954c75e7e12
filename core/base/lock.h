/* lock.h: locks that a thread puts down when it is out of memory and may jump away
 * (heed_on_out_of_memory()). What they guard must be whole at every allocation. */
#ifndef HEED_LOCK_H
#define HEED_LOCK_H

#include <pthread.h>

struct heed_lock {
    pthread_mutex_t mutex;
    struct heed_lock *outer; /* the holder's: the one it took before */
};
#define HEED_LOCK_INIT                                                                             \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, 0                                                               \
    }

void heed_lock(struct heed_lock *lock);
void heed_unlock(struct heed_lock *lock); /* the one that was taken last */

#endif
