/* shim.cc: the only C++ of heed.
 *
 * Training is single-threaded, without sampling, from lines in memory: equal text gives equal
 * bytes. Byte pieces stand for characters without a piece of their own, so nothing is unknown.
 *
 * SentencePiece writes blanks as U+2581 and cannot tell them from a U+2581 of the text. So a
 * literal one goes in as U+F8FE (as many bytes, so offsets hold), which training never sees and
 * which therefore comes out as its three bytes; where the text has U+2581 there, they are changed
 * into those of U+2581. */
#include "shim.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <unordered_map>
#include <vector>

namespace
{

const char literal[] = "\xe2\x96\x81";  /* U+2581 in text */
const char stand_in[] = "\xef\xa3\xbe"; /* U+F8FE */
const char *const literal_pieces[3] = {"<0xE2>", "<0x96>", "<0x81>"};
const char *const stand_in_pieces[3] = {"<0xEF>", "<0xA3>", "<0xBE>"};

int tell(char *why, const char *text)
{
    snprintf(why, WHY_MAX, "%s", text);
    for (char *c = why; *c; c++)
        if (*c == '\n')
            *c = ' ';
    return -1;
}

/* SentencePiece tells source file and failed condition before its reason. */
int tell(char *why, const sentencepiece::util::Status &status)
{
    const char *text = status.error_message();
    const char *reason = strstr(text, "] ");
    return tell(why, reason && reason[2] ? reason + 2 : text);
}

template <class F> int guarded(char *why, F body)
{
    try {
        return body();
    } catch (const std::exception &e) {
        return tell(why, e.what());
    } catch (...) {
        return tell(why, "unknown exception");
    }
}

void replace_all(std::string &s, const char *from, const char *to)
{
    for (size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += strlen(to))
        s.replace(at, strlen(from), to);
}

class Lines : public sentencepiece::SentenceIterator
{
  public:
    explicit Lines(const shim_training *t) : t_(t)
    {
        Next();
    }
    bool done() const override
    {
        return done_;
    }
    void Next() override
    {
        size_t n;
        const char *line = t_->next(t_->ctx, &n);
        done_ = !line;
        line_.assign(line ? line : "", line ? n : 0);
        replace_all(line_, literal, " ");
        replace_all(line_, stand_in, " ");
    }
    const std::string &value() const override
    {
        return line_;
    }
    sentencepiece::util::Status status() const override
    {
        return sentencepiece::util::Status();
    }

  private:
    const shim_training *t_;
    std::string line_;
    bool done_ = false;
};

} // namespace

struct shim {
    sentencepiece::SentencePieceProcessor sp;
};

int shim_train(const shim_training *t, char **model, size_t *size, char *why)
{
    return guarded(why, [&] {
        char coverage[32];
        snprintf(coverage, sizeof(coverage), "%.6f", t->coverage);
        const std::unordered_map<std::string, std::string> args = {
            {"model_type", t->type},
            {"vocab_size", std::to_string(t->size + 1)}, /* and the unknown one */
            {"character_coverage", coverage},
            {"byte_fallback", "true"},
            {"normalization_rule_name", "nmt_nfkc"},
            {"hard_vocab_limit", "false"}, /* a small text gives fewer pieces */
            {"shuffle_input_sentence", "false"},
            {"num_threads", "1"},
            {"unk_id", "0"},
            {"bos_id", "-1"},
            {"eos_id", "-1"},
            {"pad_id", "-1"},
            {"minloglevel", "3"},
        };
        Lines lines(t);
        std::string bytes;
        const auto status = sentencepiece::SentencePieceTrainer::Train(args, &lines, &bytes);
        if (!status.ok())
            return tell(why, status);
        *model = static_cast<char *>(malloc(bytes.size() + 1));
        if (!*model)
            return tell(why, "out of memory");
        memcpy(*model, bytes.data(), bytes.size());
        *size = bytes.size();
        return 0;
    });
}

struct shim *shim_open(const char *model, size_t size, char *why)
{
    struct shim *s = nullptr;
    guarded(why, [&] {
        s = new shim;
        const auto status = s->sp.LoadFromSerializedProto(std::string(model, size));
        if (status.ok())
            return 0;
        delete s;
        s = nullptr;
        return tell(why, status);
    });
    return s;
}

void shim_close(struct shim *s)
{
    delete s;
}

int shim_pieces(struct shim *s, void (*piece)(void *ctx, const char *s, size_t n), void *ctx,
                char *why)
{
    return guarded(why, [&] {
        for (int id = 0; id < s->sp.GetPieceSize(); id++) {
            const std::string &text = s->sp.IdToPiece(id);
            if (!s->sp.IsUnknown(id) && !s->sp.IsControl(id) && !s->sp.IsUnused(id))
                piece(ctx, text.data(), text.size());
        }
        return 0;
    });
}

int shim_split(struct shim *s, const char *text, size_t n,
               void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
               void *ctx, char *why)
{
    return guarded(why, [&] {
        std::string input(text, n);
        replace_all(input, literal, stand_in);
        sentencepiece::ImmutableSentencePieceText out;
        const auto status = s->sp.Encode(input, out.mutable_proto());
        if (!status.ok())
            return tell(why, status);
        size_t n_pieces = out.pieces_size(), run = 0;
        bool swap = false; /* in the bytes of a stand-in that was U+2581 */
        for (size_t i = 0; i < n_pieces; i++) {
            const auto p = out.pieces(static_cast<int>(i));
            /* The last byte's span is the character's. */
            if (run == 0 && p.piece() == stand_in_pieces[0] && i + 2 < n_pieces) {
                size_t at = out.pieces(static_cast<int>(i) + 2).begin();
                swap = at + 3 <= n && !memcmp(text + at, literal, 3);
                run = swap ? 3 : 0;
            }
            const char *byte = run ? literal_pieces[3 - run] : nullptr;
            run -= run > 0;
            if (byte)
                piece(ctx, byte, strlen(byte), p.begin(), p.end());
            else
                piece(ctx, p.piece().data(), p.piece().size(), p.begin(), p.end());
        }
        return 0;
    });
}

int shim_join(struct shim *s, const char *const *pieces, const size_t *lens, size_t n,
              void (*put)(void *ctx, const char *s, size_t n), void *ctx, char *why)
{
    return guarded(why, [&] {
        std::vector<std::string> all;
        all.reserve(n);
        for (size_t i = 0; i < n; i++)
            all.emplace_back(pieces[i], lens[i]);
        std::string text;
        const auto status = s->sp.Decode(all, &text);
        if (!status.ok())
            return tell(why, status);
        put(ctx, text.data(), text.size());
        return 0;
    });
}
