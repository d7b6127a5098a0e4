// Rows of gate(). Included after vector_inl.h.

namespace {

/// x * sigmoid(z), where z is what the function makes of x: all of them are of this form, since
/// (1 + tanh(u)) / 2 is sigmoid(2 u).
template <GateFunction F>
[[gnu::always_inline]] inline Floats gated(const Floats& x) {
  Floats z = x;
  if constexpr (F == GateFunction::kTanhGelu)
    z = 1.595769122F * (x + 0.044715F * x * x * x);  // 2 sqrt(2 / pi)
  // Of minus the size of z, so that nothing overflows; beyond 87 it is nought in float32.
  const Floats size = z < 0.0F ? -z : z;
  const Floats power = exponential(size < 87.0F ? -size : Floats{});
  const Floats below = size < 87.0F ? power : Floats{};
  return x * (z < 0.0F ? below : Floats{} + 1.0F) / (1.0F + below);
}

template <GateFunction F>
void gateRow(const float* gate, const float* up, std::int64_t count, float* out) {
  std::int64_t i = 0;
  for (; i + 16 <= count; i += 16)
    storeLoose(out + i, gated<F>(loadLoose(gate + i)) * loadLoose(up + i));
  if (i == count) return;
  Floats x{};
  for (std::int64_t k = i; k < count; ++k) x[k - i] = gate[k];
  x = gated<F>(x);
  for (std::int64_t k = i; k < count; ++k) out[k] = x[k - i] * up[k];
}

}  // namespace

GateKernels gateKernels() {
  return {gateRow<GateFunction::kSilu>, gateRow<GateFunction::kTanhGelu>};
}
