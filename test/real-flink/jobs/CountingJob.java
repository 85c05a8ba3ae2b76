package medic.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Counts records in keyed state and obeys the files of its control folder: "fail" (fails once), "fail-for-good" (fails as
 * long as the file is there) and "finish" (runs through the rest without pause). Whenever it starts to count it appends
 * the count it starts from to the file "resumed": 0 without state. One key, so one task counts at any parallelism.
 *
 * <p>Arguments: --name NAME --control FOLDER --records N --close-ms N (slow to end, also when cancelled).
 *
 * <p>Uses only what 1.18 and 2.x have in common: no sink class, no open().
 */
public final class CountingJob {
    private static final long PAUSE_MS = 50;
    private static final int ONLY_KEY = 0;

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i], args[i + 1]);
        }
        String control = options.get("--control");
        long records = Long.parseLong(options.get("--records"));
        long closeMs = Long.parseLong(options.get("--close-ms"));

        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(1, records)
                .uid("numbers")
                .map(new Pace(control))
                .name("pace")
                .uid("pace")
                .keyBy(number -> ONLY_KEY)
                .map(new Count(control, closeMs))
                .name("count")
                .uid("count");
        env.execute(options.get("--name"));
    }

    private static Path file(String control, String name) {
        return Paths.get(control, name);
    }

    private static final class Pace implements MapFunction<Long, Long> {
        private final String control;

        Pace(String control) {
            this.control = control;
        }

        @Override
        public Long map(Long number) throws InterruptedException {
            if (!Files.exists(file(control, "finish"))) {
                Thread.sleep(PAUSE_MS);
            }
            return number;
        }
    }

    private static final class Count extends RichMapFunction<Long, Long> {
        private final String control;
        private final long closeMs;
        private transient ValueState<Long> count;

        Count(String control, long closeMs) {
            this.control = control;
            this.closeMs = closeMs;
        }

        @Override
        public Long map(Long number) throws IOException {
            boolean first = count == null;
            if (first) {
                count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
            }
            long before = count.value() == null ? 0 : count.value();
            if (first) {
                Files.writeString(file(control, "resumed"), before + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            if (Files.exists(file(control, "fail-for-good")) || Files.deleteIfExists(file(control, "fail"))) {
                throw new IllegalStateException("Cannot count", new PoisonRecordException(number));
            }
            count.update(before + 1);
            return before + 1;
        }

        /** Cancelling interrupts, which must not make a slow end a fast one. */
        @Override
        public void close() {
            long end = System.currentTimeMillis() + closeMs;
            for (long left = closeMs; left > 0; left = end - System.currentTimeMillis()) {
                try {
                    Thread.sleep(left);
                } catch (InterruptedException e) {
                    // Waits on.
                }
            }
        }
    }
}

/** The root cause that users should read. */
final class PoisonRecordException extends RuntimeException {
    PoisonRecordException(long number) {
        super("record " + number + " is poison");
    }
}
