#include "app/runtime/watched_source.h"

#include <set>
#include <utility>

namespace orrery {
namespace {

using checkpoint::TensorView;
using checkpoint::WeightSource;

class WatchedSource : public WeightSource {
 public:
  WatchedSource(std::shared_ptr<const WeightSource> source, ProgressCallback progress,
                CancelToken cancel)
      : source_(std::move(source)),
        meter_("loading", "bytes", static_cast<double>(source_->bytes()), std::move(progress)),
        cancel_(std::move(cancel)) {}

  std::optional<TensorView> find(std::string_view name) const override {
    cancel_.throwIfCancelled();
    auto view = source_->find(name);
    if (view && seen_.emplace(name).second) {
      done_ += static_cast<double>(view->data.size());
      meter_.advanceTo(done_);
    }
    return view;
  }
  std::vector<std::string> names() const override { return source_->names(); }
  std::uint64_t bytes() const override { return source_->bytes(); }
  std::string description() const override { return source_->description(); }

 private:
  std::shared_ptr<const WeightSource> source_;
  mutable ProgressMeter meter_;
  CancelToken cancel_;
  mutable std::set<std::string, std::less<>> seen_;
  mutable double done_ = 0;
};

}  // namespace

std::shared_ptr<const WeightSource> watched(std::shared_ptr<const WeightSource> source,
                                            ProgressCallback progress, CancelToken cancel) {
  return std::make_shared<WatchedSource>(std::move(source), std::move(progress), std::move(cancel));
}

}  // namespace orrery
