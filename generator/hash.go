package generator

// The hashes below decide which values are woven and in which shard a case runs. They are written out so that they are the same on
// every platform, in every process and in every release of the standard library; changing one moves cases.

// hashText is FNV-1a over 64 bits, finished by mix because FNV leaves the high bits of short texts weak.
func hashText(texts ...string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, text := range texts {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * 0x100000001b3
		}
		h *= 0x100000001b3 // the end of a text: ("ab", "c") is not ("a", "bc")
	}
	return mix(h)
}

// mix is the finalizer of splitmix64: every bit of the input reaches every bit of the output.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
