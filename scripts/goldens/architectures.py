"""Truth for the trainer on other architectures than Llama: for each a tiny random model, and on it what train.py makes on its Llama (one packed
row: logits, loss, every gradient of the base and of an rsLoRA adapter, ten AdamW steps), by PyTorch + PEFT + transformers in float32.

    python scripts/goldens/architectures.py        # writes golden/architectures/
"""
from transformers import GraniteConfig, GraniteForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM, SmolLM3Config, SmolLM3ForCausalLM

from train import golden, goldens  # beside this file

SIZES = dict(vocab_size=272, hidden_size=32, intermediate_size=48, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=1024, attn_implementation="eager")
NONE = dict(pad_token_id=None, bos_token_id=None, eos_token_id=None)
MODELS = {
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(num_hidden_layers=2, rope_theta=1e6, tie_word_embeddings=True, **SIZES, **NONE)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(num_hidden_layers=2, head_dim=16, rope_theta=1e6, tie_word_embeddings=False, **SIZES, **NONE)),
    "granite": lambda: GraniteForCausalLM(GraniteConfig(num_hidden_layers=2, embedding_multiplier=12.0, attention_multiplier=0.1, residual_multiplier=0.22, logits_scaling=4.0, rope_theta=1e4, tie_word_embeddings=True, **SIZES, **NONE)),
    "smollm3": lambda: SmolLM3ForCausalLM(SmolLM3Config(num_hidden_layers=4, rope_theta=2e6, tie_word_embeddings=True, **SIZES, **NONE)),
}

if __name__ == "__main__":
    for name, make in MODELS.items():
        golden(goldens / "architectures" / name, make)
