// Every argument is checked before a byte of a tensor is read.
#ifndef EDGEATTN_CHECK_HPP
#define EDGEATTN_CHECK_HPP

#include "../include/edgeattn_kernels.h"

namespace edgeattn {

// Copy what the caller passed, with zeros for fields it does not know, and check it all.
edgeattn_status check(const edgeattn_attention* passed, edgeattn_attention* call);

}  // namespace edgeattn

#endif
