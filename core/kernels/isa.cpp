#include "core/kernels/isa.h"

#include <atomic>
#ifdef ORRERY_X86_KERNELS
#include <cpuid.h>
#endif

#include "core/base/error.h"
#include "core/kernels/kernel_table.h"

namespace orrery::kernels {
namespace {

#ifdef ORRERY_X86_KERNELS
// By hand: clang 14's __builtin_cpu_supports does not know this name.
bool hasF16c() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

bool available(Isa isa) {
#ifdef ORRERY_X86_KERNELS
  switch (isa) {
    case Isa::kGeneric:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && hasF16c();
    case Isa::kAvx512:
      return available(Isa::kAvx2) && __builtin_cpu_supports("avx512f") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni") &&
             __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bf16");
  }
  return false;
#else
  return isa == Isa::kGeneric;
#endif
}

const KernelTable& tableOf(Isa isa) {
  static const KernelTable generic{generic::floatKernels(),          generic::packedKernels(),
                                   generic::unpackKernels(),         generic::attendKernels(),
                                   generic::gateKernels(),           generic::normKernels(),
                                   generic::shortAttentionKernels(), generic::dropoutKernel()};
#ifdef ORRERY_X86_KERNELS
  static const KernelTable avx2{avx2::floatKernels(),          avx2::packedKernels(),
                                avx2::unpackKernels(),         avx2::attendKernels(),
                                avx2::gateKernels(),           avx2::normKernels(),
                                avx2::shortAttentionKernels(), avx2::dropoutKernel()};
  static const KernelTable avx512{
      avx512::floatKernels(),          avx512::packedKernels(), avx512::unpackKernels(),
      avx512::attendKernels(),         avx512::gateKernels(),   avx512::normKernels(),
      avx512::shortAttentionKernels(), avx512::dropoutKernel(), avx512::matmulKernels()};
  if (isa == Isa::kAvx2) return avx2;
  if (isa == Isa::kAvx512) return avx512;
#endif
  static_cast<void>(isa);
  return generic;
}

struct Choice {
  std::atomic<Isa> isa{availableIsas().back()};
  std::atomic<const KernelTable*> table{&tableOf(isa)};
};

Choice& choice() {
  static Choice instance;
  return instance;
}

}  // namespace

std::string_view isaName(Isa isa) {
  switch (isa) {
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    default:
      return "generic";
  }
}

std::vector<Isa> availableIsas() {
  std::vector<Isa> found;
  for (const Isa isa : {Isa::kGeneric, Isa::kAvx2, Isa::kAvx512})
    if (available(isa)) found.push_back(isa);
  return found;
}

Isa activeIsa() {
  return choice().isa;
}

void useIsa(Isa isa) {
  if (!available(isa))
    throw Error(ErrorKind::kUnsupported, "this processor does not have {}", isaName(isa));
  choice().isa = isa;
  choice().table = &tableOf(isa);
}

const KernelTable& kernels() {
  return *choice().table.load(std::memory_order_relaxed);
}

}  // namespace orrery::kernels
