#include "emu.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

uint3_ threadIdx, blockIdx, blockDim, gridDim;

std::map<std::string, emu_call> &emu_kernels() {
  static std::map<std::string, emu_call> kernels;
  return kernels;
}

// The linker gives the ends of a section whose name is an identifier.
extern char __start_emu_shared[] __attribute__((weak));
extern char __stop_emu_shared[] __attribute__((weak));

namespace {

#if defined(__SANITIZE_ADDRESS__)
const size_t stack_size = 256 << 10;
#else
const size_t stack_size = 64 << 10;
#endif

// Context is where a fiber was left.
struct Context {
#if defined(__x86_64__)
  void *sp = nullptr;
#else
  ucontext_t uc;
#endif
  const void *bottom = nullptr;
  size_t size = 0;
  void *fake = nullptr;
};

struct Fiber {
  Context context;
  char *stack = nullptr;
};

enum State { waiting_to_start, at_warp_barrier, at_block_barrier, done };

struct Copy { char *dst; const char *src; int bytes, total; };

struct Thread {
  State state;
  Fiber *fiber;
  uint3_ index;
  bool parity;
  unsigned char lane[2][32];
  std::vector<Copy> copies;
  std::vector<size_t> groups; // ends of committed groups in copies
};

std::vector<Thread> threads;
std::vector<Fiber *> idle;
Context scheduler;
Fiber *running;
int current, warp_end;
emu_call kernel;
void **parameters;
char *dynamic_memory;

#if defined(__x86_64__)
extern "C" void emu_switch_stacks(void **from, void *to);
asm(R"(
.text
.type emu_switch_stacks,@function
emu_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size emu_switch_stacks,.-emu_switch_stacks
)");
#endif

void arrive(Context &self, Context *from) {
#if defined(__SANITIZE_ADDRESS__)
  const void *bottom;
  size_t size;
  __sanitizer_finish_switch_fiber(self.fake, &bottom, &size);
  if (from) from->bottom = bottom, from->size = size;
#else
  (void)self, (void)from;
#endif
}

void go(Context &from, Context &to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake, to.bottom, to.size);
#endif
#if defined(__x86_64__)
  emu_switch_stacks(&from.sp, to.sp);
#else
  swapcontext(&from.uc, &to.uc);
#endif
  arrive(from, nullptr);
}

void enter(int i) {
  current = i;
  threadIdx = threads[i].index;
}

// body runs threads one after the other. One that waits keeps the fiber.
void body() {
  Fiber *self = running;
  arrive(self->context, &scheduler);
  for (;;) {
    kernel(parameters);
    threads[current].state = done;
    if (current + 1 < warp_end && threads[current + 1].state == waiting_to_start) {
      enter(current + 1);
      continue;
    }
    idle.push_back(self);
    go(self->context, scheduler);
    self = running;
  }
}

Fiber *fresh() {
  if (!idle.empty()) {
    Fiber *f = idle.back();
    idle.pop_back();
    return f;
  }
  Fiber *f = new Fiber;
  f->stack = (char *)malloc(stack_size);
  f->context.bottom = f->stack;
  f->context.size = stack_size;
#if defined(__x86_64__)
  void **sp = (void **)(((uintptr_t)f->stack + stack_size) & ~(uintptr_t)15);
  *--sp = nullptr; // so that the stack is aligned as after a call
  *--sp = (void *)body;
  for (int i = 0; i < 6; i++) *--sp = nullptr;
  f->context.sp = sp;
#else
  getcontext(&f->context.uc);
  f->context.uc.uc_stack.ss_sp = f->stack;
  f->context.uc.uc_stack.ss_size = stack_size;
  f->context.uc.uc_link = nullptr;
  makecontext(&f->context.uc, body, 0);
#endif
  return f;
}

void wait(State at) {
  Thread &t = threads[current];
  Fiber *self = running;
  t.state = at;
  t.fiber = self;
  int me = current;
  go(self->context, scheduler);
  enter(me);
}

void resume(int i) {
  Thread &t = threads[i];
  running = t.state == waiting_to_start ? fresh() : t.fiber;
  enter(i);
  go(scheduler, running->context);
}

// run_warp runs the threads from first on until each is done or waits for the
// whole block, and reports whether they agree.
bool run_warp(int first, int end) {
  warp_end = end;
  for (;;) {
    for (int i = first; i < end; i++)
      if (threads[i].state == waiting_to_start || threads[i].state == at_warp_barrier) resume(i);
    int warp = 0, others = 0;
    for (int i = first; i < end; i++) (threads[i].state == at_warp_barrier ? warp : others)++;
    if (warp == 0) return true;
    if (others > 0) {
      fprintf(stderr, "emulation: %d threads of a warp wait for each other and %d do not\n", warp, others);
      return false;
    }
  }
}

__attribute__((no_sanitize("address"))) void fill(char *from, char *to) {
  for (; from < to; from++) *from = (char)0xff;
}

bool run_block(int n) {
  for (int i = 0; i < n; i++) {
    Thread &t = threads[i];
    t.state = waiting_to_start;
    t.parity = false;
    t.copies.clear();
    t.groups.clear();
  }
  for (int barriers = 0;; barriers++) {
    for (int first = 0; first < n; first += 32) {
      if (barriers > 0)
        for (int i = first; i < n && i < first + 32; i++) threads[i].state = at_warp_barrier;
      if (!run_warp(first, n < first + 32 ? n : first + 32)) return false;
    }
    int finished = 0;
    for (int i = 0; i < n; i++) finished += threads[i].state == done;
    if (finished == n) break;
    if (finished > 0) {
      fprintf(stderr, "emulation: %d threads ended and %d wait for the block\n", finished, n - finished);
      return false;
    }
  }
  for (int i = 0; i < n; i++)
    if (!threads[i].copies.empty()) {
      fprintf(stderr, "emulation: thread %d ended with copies that nothing waited for\n", i);
      return false;
    }
  return true;
}

} // namespace

int emu_own_lane() { return current % 32; }
void *emu_dynamic() { return dynamic_memory; }
void emu_block_barrier() { wait(at_block_barrier); }
void emu_warp_barrier() { wait(at_warp_barrier); }

// Two places a lane in turn: who writes the third one has seen all lanes read
// the first.
void emu_lane(const void *bytes, size_t n) {
  Thread &t = threads[current];
  t.parity = !t.parity;
  memcpy(t.lane[t.parity], bytes, n);
}

void emu_lane_of(int lane, void *bytes, size_t n) {
  memcpy(bytes, threads[current / 32 * 32 + lane].lane[threads[current].parity], n);
}

uint64_t emu_shuffle(uint64_t value, int lane) {
  emu_lane(&value, sizeof value);
  emu_warp_barrier();
  emu_lane_of(lane, &value, sizeof value);
  return value;
}

void emu_copy(void *dst, const void *src, int bytes, int total) {
  if ((uintptr_t)dst % total || (bytes && (uintptr_t)src % total)) {
    fprintf(stderr, "emulation: a copy of %d bytes is not aligned\n", total);
    abort();
  }
  threads[current].copies.push_back({(char *)dst, (const char *)src, bytes, total});
}

void emu_copy_commit() {
  Thread &t = threads[current];
  t.groups.push_back(t.copies.size());
}

void emu_copy_wait(int groups_left) {
  Thread &t = threads[current];
  int finish = (int)t.groups.size() - groups_left;
  if (finish <= 0) return;
  size_t end = t.groups[finish - 1];
  for (size_t i = 0; i < end; i++) {
    const Copy &c = t.copies[i];
    if (c.total == 4) {
      uint32_t word = 0;
      if (c.bytes) memcpy(&word, c.src, 4);
      memcpy(c.dst, &word, 4);
      continue;
    }
    if (c.bytes) memcpy(c.dst, c.src, c.bytes);
    memset(c.dst + c.bytes, 0, c.total - c.bytes);
  }
  t.copies.erase(t.copies.begin(), t.copies.begin() + end);
  t.groups.erase(t.groups.begin(), t.groups.begin() + finish);
  for (size_t &g : t.groups) g -= end;
}

bool emu_launch(emu_call f, uint3_ grid, uint3_ block, void **params, size_t shared) {
  static std::mutex one; // programs may launch from several threads
  std::lock_guard<std::mutex> lock(one);
  size_t n = (size_t)block.x * block.y * block.z;
  if (n == 0 || n > 1024 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 || grid.z > 65535) {
    fprintf(stderr, "emulation: no GPU takes a grid of %ux%ux%u blocks of %zu threads\n", grid.x, grid.y, grid.z, n);
    return false;
  }
  kernel = f;
  parameters = params;
  gridDim = grid;
  blockDim = block;
  if (threads.size() < n) threads.resize(n);
  for (size_t i = 0; i < n; i++)
    threads[i].index = {(unsigned)(i % block.x), (unsigned)(i / block.x % block.y), (unsigned)(i / block.x / block.y)};
  dynamic_memory = shared ? (char *)aligned_alloc(16, (shared + 15) / 16 * 16) : nullptr;
  bool ok = true;
  for (unsigned z = 0; z < grid.z && ok; z++)
    for (unsigned y = 0; y < grid.y && ok; y++)
      for (unsigned x = 0; x < grid.x && ok; x++) {
        blockIdx = {x, y, z};
        if (shared) memset(dynamic_memory, 0xff, shared);
        if (__start_emu_shared) fill(__start_emu_shared, __stop_emu_shared);
        ok = run_block((int)n);
      }
  free(dynamic_memory);
  return ok;
}
