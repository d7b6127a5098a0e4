// Elements of dropout(). Included after vector_inl.h.

namespace {

using Words = std::uint32_t __attribute__((vector_size(64)));

/// A hash whose bits all depend on all bits of place and seed (multiply, shift and xor in turn).
[[gnu::always_inline]] inline Words hashed(Words x, std::uint32_t low, std::uint32_t high) {
  x = (x + low) * 0x9E3779B1u;
  x = (x ^ (x >> 16)) * 0x7FEB352Du;
  x = ((x ^ (x >> 15)) + high) * 0x846CA68Bu;
  x = (x ^ (x >> 16)) * 0xC2B2AE35u;
  return x ^ (x >> 15);
}

void dropoutElements(const Dropout& d, const float* x, std::int64_t begin, std::int64_t end,
                     float* y) {
  const auto low = static_cast<std::uint32_t>(d.seed),
             high = static_cast<std::uint32_t>(d.seed >> 32);
  Words lanes{};
  for (std::uint32_t i = 0; i < 16; ++i) lanes[i] = i;
  for (std::int64_t i = begin; i < end; i += 16) {
    const Words kept = hashed(lanes + static_cast<std::uint32_t>(i), low, high) >= d.threshold
                           ? Words{} - 1u
                           : Words{};
    if (i + 16 <= end) {
      const Floats value = loadLoose(x + i) * d.scale;
      storeLoose(y + i, reinterpret_cast<Floats>(reinterpret_cast<Words>(value) & kept));
      continue;
    }
    for (std::int64_t k = i; k < end; ++k) y[k] = kept[k - i] ? x[k] * d.scale : 0.0F;
  }
}

}  // namespace

DropoutFn dropoutKernel() {
  return dropoutElements;
}
