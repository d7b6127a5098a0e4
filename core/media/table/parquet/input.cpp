#include "core/media/table/parquet/input.h"

#include <arrow/buffer.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <cstring>

namespace orrery::media::table::parquet_file {
namespace {

class Input : public arrow::io::RandomAccessFile {
 public:
  explicit Input(std::shared_ptr<const ByteSource> source) : source_(std::move(source)) {}

  arrow::Result<std::int64_t> GetSize() override {
    return static_cast<std::int64_t>(source_->size());
  }
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t count,
                                     void* out) override {
    ARROW_ASSIGN_OR_RAISE(const auto buffer, ReadAt(position, count));
    std::memcpy(out, buffer->data(), static_cast<std::size_t>(buffer->size()));
    return buffer->size();
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t count) override {
    const auto size = static_cast<std::int64_t>(source_->size());
    if (position < 0 || count < 0 || position > size || count > size - position)
      return arrow::Status::IOError("the file ends before byte ", position, " + ", count);
    return arrow::Buffer::FromString(
        source_->read(static_cast<std::uint64_t>(position), static_cast<std::size_t>(count)));
  }
  arrow::Result<std::int64_t> Read(std::int64_t count, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const std::int64_t got, ReadAt(at_, left(count), out));
    at_ += got;
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t count) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(at_, left(count)));
    at_ += buffer->size();
    return buffer;
  }
  arrow::Status Seek(std::int64_t position) override {
    at_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return at_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

 private:
  std::int64_t left(std::int64_t count) const {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(source_->size()) - at_, 0, count);
  }

  std::shared_ptr<const ByteSource> source_;
  std::int64_t at_ = 0;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::RandomAccessFile> arrowFile(std::shared_ptr<const ByteSource> source) {
  return std::make_shared<Input>(std::move(source));
}

}  // namespace orrery::media::table::parquet_file
